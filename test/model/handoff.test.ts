import { describe, it } from '@jest/globals';
import { liveness, safety, thorough } from './configurations';
import { expectNoFault, report } from './report';
import { search } from './spin';

const withinMs = 900_000;
const thoroughWithinMs = 60 * 60_000;

describe('the handoff protocol', () => {
  it.each(safety)('never lets two copies run, nor a page be read as zeros: $name', async ({ name, world }) => {
    const outcome = await search(world, 'complete');
    report(name, outcome);
    expectNoFault(outcome);
  }, withinMs);

  it.each(liveness)('lets the service run again when nothing breaks any more: $name', async ({ name, world }) => {
    const outcome = await search(world, 'cycles');
    report(name, outcome);
    expectNoFault(outcome);
  }, withinMs);
});

if (process.env.CARRYON_MODEL === 'thorough') {
  describe('the handoff protocol in larger worlds', () => {
    it.each(thorough)('never lets two copies run, nor a page be read as zeros: $name', async ({ name, world }) => {
      const outcome = await search(world, 'bitstate');
      report(name, outcome);
      expectNoFault(outcome);
    }, thoroughWithinMs);
  });
}
