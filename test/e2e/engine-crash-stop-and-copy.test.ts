import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EngineCrash } from './support/engine-crash';
import { minutes } from './support/settings';

let crash: EngineCrash;
beforeAll(async () => {
  crash = await EngineCrash.prepare('e2e-crash-stop-and-copy', 9011);
}, minutes(3));
afterAll(() => crash.finish(), minutes(2));

/** Those in which the strategies differ. */
const moments = {
  freeze: { at: 'source', tag: 'freeze' },
  'final dump': { at: 'source', tag: 'dump' },
  transfer: { at: 'source', tag: 'transfer' },
  restore: { at: 'destination', tag: 'restore' },
  commit: { at: 'destination', tag: 'thaw' },
  finish: { at: 'source', tag: 'retire' },
} as const;

describe('an engine that is killed', () => {
  it.each(Object.keys(moments) as (keyof typeof moments)[])('at the source in a stop-and-copy migration, %s, costs nothing but the migration', async (when) => {
    const outcome = await crash.kill('source', moments[when], 'stop-and-copy');
    if (committed.includes(when)) expect(outcome).toBe('committed');
  }, minutes(2));

  it.each(Object.keys(moments) as (keyof typeof moments)[])('at the destination in a stop-and-copy migration, %s, costs nothing but the migration', async (when) => {
    const outcome = await crash.kill('destination', moments[when], 'stop-and-copy');
    if (committed.includes(when)) expect(outcome).toBe('committed');
  }, minutes(2));

  it('in an outer container that has just been made is waited for', () => crash.killNew('fog'), minutes(2));
});

/** After the destination's record there is no way back. */
const committed = ['commit', 'finish'];
