import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from './support/await';
import { docker } from './support/clusters';
import { expectCommitted, expectUnharmed, expectUnharmedAndAlive } from './support/expectations';
import { forkingLine, NumbersLoad } from './support/load/numbers';
import { seenInside } from './support/seen-inside';
import { startService } from './support/services';
import { minutes, testSystem } from './support/settings';
import { carryon } from './support/shared';

const name = 'e2e-forking';
const connections = 3;
let load: NumbersLoad;

beforeAll(async () => {
  const place = await startService(carryon, { name, image: 'carryon-workload-native', command: ['/bin/forking'], hostPort: 9002, containerPort: 8080 });
  load = await NumbersLoad.start({ ...place, connections }, forkingLine);
  await eventually('a tick', async () => (await load.check()).acknowledged > 0);
}, minutes(3));

afterAll(async () => {
  expectUnharmed(await load.finish());
  await carryon.remove(name);
}, minutes(1));

/** Its timer of 100 ms, seen from outside. */
const ticksInTwoSeconds = async () => {
  const before = (await load.check()).acknowledged;
  await pause(2_000);
  return ((await load.check()).acknowledged - before) / connections;
};

async function expectAllWell(): Promise<void> {
  const [, ticks] = await Promise.all([expectUnharmedAndAlive(load), ticksInTwoSeconds()]);
  expect(Math.abs(ticks - 20)).toBeLessThan(6);
  expect(await seenInside(carryon, name)).toEqual(['counting']);
}

describe('a service with a child, a daemon, a timer and many kernel objects', () => {
  it('has all that it uses, and does not see the engine beside it', expectAllWell, minutes(1));

  it.each([
    ['fog', 'post-copy'],
    ['cloud', 'post-copy'],
    ['edge', 'post-copy'],
    ['cloud', 'stop-and-copy'],
    ['fog', 'post-copy'],
    ['edge', 'stop-and-copy'],
  ] as const)('goes on to %s by %s, with all that it uses and a monotonic clock that never jumps', async (to, strategy) => {
    expectCommitted(await carryon.migrate(name, { to, strategy }), { to, strategy });
    await expectAllWell();
  }, minutes(2));

  it('went by a cluster whose monotonic clock is another', async () => {
    const { cluster, seconds } = testSystem.ahead;
    const there = Number((await docker(cluster, 'exec', name, 'cat', '/proc/uptime')).split(' ')[0]);
    const here = Number((await readFile('/proc/uptime', 'utf8')).split(' ')[0]);
    expect(Math.abs(there - here - seconds)).toBeLessThan(60);
  }, minutes(1));

  it('does not move under an exec session, unless that may be ended', async () => {
    const session = carryon.cli('exec', name, 'sleep', '1000');
    await pause(1_500);
    expect(await carryon.tryToMigrate(name, { to: 'cloud' })).toMatchObject({ outcome: 'refused', message: expect.stringContaining('sleep') });
    await expectAllWell();
    expectCommitted(await carryon.migrate(name, { to: 'cloud', execSessions: 'end' }), { to: 'cloud' });
    expect((await session).exitCode).not.toBe(0);
    await expectAllWell();
  }, minutes(2));

  it('has its whole log, each line once', async () => {
    const numbers = (await carryon.must('logs', name)).split('\n').filter(Boolean).map((line) => Number(/^(\d+) \d+ ok$/.exec(line)?.[1]));
    expect(numbers).toEqual(numbers.map((_, index) => index));
    expect(numbers.length).toBeGreaterThan(0);
  }, minutes(1));
});
