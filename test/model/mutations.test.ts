import { describe, expect, it } from '@jest/globals';
import { losses, mutations, type Mutation } from './configurations';
import { search } from './spin';

const withinMs = 900_000;
const named = (spoilt: Record<string, Mutation>) => Object.entries(spoilt).map(([name, one]) => ({ name, ...one }));

describe('the model of the handoff protocol', () => {
  it('lets a service go away and come home', async () => {
    const { story } = await search(mutations.ARM_WHILE_OWING.world, 'shortest', ['NOBODY_COMES_HOME']);
    expect(story?.join('\n')).toMatch(/A, epoch 2: the journal says running/);
  }, withinMs);

  it.each(named(mutations))('finds the fault when $does', async ({ name, world }) => {
    const { story } = await search(world, 'shortest', [`BUG_${name}`]);
    expect(story).toContainEqual(expect.stringContaining('text of failed assertion'));
  }, withinMs);

  it.each(named(losses))('finds a service that runs nowhere when $does', async ({ name, world }) => {
    const { story } = await search(world, 'cycles', [`BUG_${name}`]);
    expect(story).toContainEqual(expect.stringContaining('START OF CYCLE'));
  }, withinMs);
});
