import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { MigrationFailedError, RefusedError, UnavailableError } from '../../domain/errors';
import type { World } from '../fakes/world';
import { Stage } from './support/stage';

let stage: Stage;
let world: World;
beforeAll(async () => {
  stage = await Stage.open();
}, 120_000);
afterAll(() => stage.close(), 60_000);
beforeEach(() => {
  world = stage.reset();
});

const lost = new UnavailableError('engine-silent', 'the connection broke');
const start = (over: object = {}) => stage.migrations.start({ service: 'cache', to: 'cloud', ...over });
const undone = () => world.log.filter((tag) => /step:discard|remove/.test(tag));
const until = async (seen: () => boolean | Promise<boolean>) => {
  while (!(await seen())) await new Promise((resolve) => setTimeout(resolve, 50));
};

describe('when the answer to the handoff is lost', () => {
  test.each([
    ['edge.step:handoff', 'post-copy'],
    ['edge.step:commit', 'stop-and-copy'],
  ])('%s: goes forward when the journals say that it was committed', async (tag, strategy) => {
    world.run('edge');
    world.faults.lose(tag, lost);
    const end = await stage.migrations.end(await start({ strategy }));
    expect(end.outcome).toBe('committed');
    expect(world.at('cloud', 'cache')?.state).toBe('running');
    expect(undone()).toEqual([]);
  }, 30_000);

  test('goes forward by the word of the destination alone', async () => {
    const source = world.run('edge');
    world.faults.lose('edge.step:handoff', lost);
    world.faults.meanwhile('edge.step:handoff', () => {
      world.faults.fail('edge.status', lost, 4);
      source.relayed = 1;
    });
    expect((await stage.migrations.end(await start())).outcome).toBe('committed');
  }, 60_000);

  test("brings the destination's commit to a source that did not hear of it", async () => {
    const source = world.run('edge');
    world.faults.lose('edge.step:commit', lost);
    const run = start({ strategy: 'stop-and-copy' });
    world.faults.meanwhile('edge.find', () => {
      if (world.at('cloud', 'cache')?.state === 'running' && source.state === 'relaying' && !world.log.includes('edge.answer')) source.journal(source.epoch, 'handedOff');
    });
    await until(() => world.log.includes('edge.answer'));
    expect(source.state).toBe('owing');
    expect((await stage.migrations.end(await run)).outcome).toBe('committed');
  }, 30_000);
});

describe('in doubt', () => {
  /** The commit leaves the source and reaches nobody. */
  const commitIntoTheVoid = () => {
    const source = world.run('edge');
    world.faults.meanwhile('edge.step:handoff', () => {
      source.journal(source.epoch, 'handedOff');
      world.at('cloud', 'cache')?.journal(source.epoch, 'gated');
    });
    world.faults.fail('edge.step:commit', lost);
    return source;
  };

  test("neither side is let run; the destination's commit, found later, settles it", async () => {
    const source = commitIntoTheVoid();
    const id = await start();
    await until(async () => (await stage.migrations.status(id)).progress?.message.startsWith('in doubt') ?? false);
    expect((await stage.migrations.status(id)).progress?.message).toContain('edge: handedOff, cloud: gated');
    expect(world.visible()).toEqual([]);
    expect(undone()).toEqual([]);
    world.at('cloud', 'cache')!.journal(source.epoch, 'running');
    expect((await stage.migrations.end(id)).outcome).toBe('committed');
    expect(world.log).toContain('edge.answer');
  }, 60_000);

  test("the source resumes only on the destination's word that it discarded, brought by the coordinators", async () => {
    const source = commitIntoTheVoid();
    const id = await start();
    await until(async () => (await stage.migrations.status(id)).progress?.message.startsWith('in doubt') ?? false);
    world.at('cloud', 'cache')!.journal(source.epoch, 'discarded');
    expect(await stage.migrations.end(id)).toMatchObject({ outcome: 'rolled-back' });
    expect(world.log).toContain('edge.answer');
    expect(source.state).toBe('running');
    expect(undone()).toEqual(['cloud.remove-with-volumes']);
  }, 60_000);

  test('a source that refuses to be told is asked to abort, and asks the destination itself', async () => {
    const source = commitIntoTheVoid();
    const refused = new RefusedError('bad-request', 'no such verb');
    world.faults.fail('edge.answer', refused);
    world.faults.fail('edge.step:abort', lost, 100);
    const id = await start();
    await until(async () => (await stage.migrations.status(id)).progress?.message.startsWith('in doubt') ?? false);
    world.at('cloud', 'cache')!.journal(source.epoch, 'discarded');
    await until(async () => (await stage.migrations.status(id)).progress?.message.includes('could not be told that cloud says discarded: no such verb') ?? false);
    world.faults.lift('edge.step:abort');
    world.faults.meanwhile('edge.step:abort', () => source.journal(source.epoch, 'running'));
    expect(await stage.migrations.end(id)).toMatchObject({ outcome: 'rolled-back' });
    expect(source.state).toBe('running');
  }, 120_000);

  test('an abort is only a question', async () => {
    const source = commitIntoTheVoid();
    const id = await start();
    await until(async () => (await stage.migrations.status(id)).progress?.message.startsWith('in doubt') ?? false);
    const abort = stage.migrations.abort(id, 'impatience').catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(source.state).toBe('handedOff');
    world.at('cloud', 'cache')!.journal(source.epoch, 'running');
    expect(await abort).toMatchObject({ code: 'committed' });
    expect((await stage.migrations.end(id)).outcome).toBe('committed');
  }, 60_000);
});

test('a source that stayed armed after a lost handoff is asked to abort, and decides', async () => {
  const source = world.run('edge');
  world.faults.fail('edge.step:handoff', new MigrationFailedError('hung', 'no answer'));
  expect((await stage.migrations.end(await start())).outcome).toBe('rolled-back');
  expect(world.log.filter((tag) => tag === 'edge.step:abort')).toHaveLength(1);
  expect(source.state).toBe('running');
}, 30_000);
