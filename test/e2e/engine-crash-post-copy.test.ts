import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EngineCrash } from './support/engine-crash';
import { minutes } from './support/settings';

let crash: EngineCrash;
beforeAll(async () => {
  crash = await EngineCrash.prepare('e2e-crash-post-copy', 9010);
}, minutes(3));
afterAll(() => crash.finish(), minutes(2));

const moments = {
  prepare: { phase: 'prepare' },
  'pre-dump': { phase: 'pre-dump' },
  'final dump': { at: 'source', tag: 'dump' },
  transfer: { at: 'source', tag: 'images' },
  freeze: { at: 'source', tag: 'freeze' },
  restore: { at: 'destination', tag: 'restore' },
  commit: { at: 'destination', tag: 'thaw' },
  cutover: { at: 'source', tag: 'release' },
  finish: { at: 'destination', tag: 'pages-done' },
} as const;

describe('an engine that is killed', () => {
  it('at rest comes back, and the service does not notice', () => crash.killAtRest(), minutes(1));

  it.each(Object.keys(moments) as (keyof typeof moments)[])('at the source in a post-copy migration, %s, costs nothing but the migration', async (when) => {
    const outcome = await crash.kill('source', moments[when], 'post-copy');
    if (committed.includes(when)) expect(outcome).toBe('committed');
  }, minutes(2));

  it.each(Object.keys(moments) as (keyof typeof moments)[])('at the destination in a post-copy migration, %s, costs nothing but the migration', async (when) => {
    const outcome = await crash.kill('destination', moments[when], 'post-copy');
    if (committed.includes(when)) expect(outcome).toBe('committed');
  }, minutes(2));
});

/** After the destination's record there is no way back. */
const committed = ['commit', 'cutover', 'finish'];
