import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EngineCrash } from './support/engine-crash';
import { minutes } from './support/settings';

let crash: EngineCrash;
beforeAll(async () => {
  crash = await EngineCrash.prepare('e2e-crash-stop-and-copy', 9011);
}, minutes(3));
afterAll(() => crash.finish(), minutes(2));

/** Those in which the strategies differ; in the first two the destination has no part. */
const moments = {
  freeze: { at: 'source', tag: 'freeze' },
  'final dump': { at: 'source', tag: 'dump' },
  transfer: { at: 'source', tag: 'transfer' },
  restore: { at: 'destination', tag: 'restore' },
  commit: { at: 'destination', tag: 'thaw' },
} as const;

describe('an engine that is killed', () => {
  it.each([
    ['source', 'freeze'],
    ['source', 'final dump'],
    ['source', 'transfer'],
    ['source', 'restore'],
    ['source', 'commit'],
    ['destination', 'transfer'],
    ['destination', 'restore'],
    ['destination', 'commit'],
  ] as const)('at the %s in a stop-and-copy migration, %s, costs nothing but the migration', async (victim, when) => {
    const outcome = await crash.kill(victim, moments[when], 'stop-and-copy');
    // After the destination's record there is no way back.
    if (when === 'commit') expect(outcome).toBe('committed');
  }, minutes(2));

  it('in an outer container that has just been made is waited for', () => crash.killNew('fog'), minutes(2));
});
