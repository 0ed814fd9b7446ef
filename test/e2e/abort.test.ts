import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import { expectOneCopy } from './support/copies';
import { expectUnharmed, expectUnharmedAndAlive } from './support/expectations';
import { NumbersLoad } from './support/load/numbers';
import { startService } from './support/services';
import { minutes } from './support/settings';
import { carryon } from './support/shared';

const name = 'e2e-abort';
let load: NumbersLoad;

beforeAll(async () => {
  const place = await startService(carryon, { name, image: 'carryon-workload-native', command: ['/bin/counting', '256', '10'], hostPort: 9007, containerPort: 8080 });
  load = await NumbersLoad.start({ ...place, connections: 3 });
}, minutes(3));

afterAll(async () => {
  expectUnharmed(await load.finish());
  await carryon.remove(name);
}, minutes(1));

describe('abort', () => {
  it('of nothing is refused', async () => {
    expect((await carryon.cli('abort', name)).exitCode).toBe(3);
  }, minutes(1));

  it.each([100, 800, 1600, 2400, 3200, 4000])('%i ms after the request ends in one copy, and says truly which', async (afterMs) => {
    const from = await expectOneCopy(carryon, name);
    const to = from === 'edge' ? 'cloud' : 'edge';
    const end = carryon.tryToMigrate(name, { to, strategy: 'stop-and-copy' });
    await pause(afterMs);
    const abort = await carryon.cli('abort', name);
    const { outcome, exitCode } = await end;
    if (abort.exitCode === 0) expect({ outcome, exitCode }).toEqual({ outcome: 'rolled-back', exitCode: 4 });
    else expect({ abort: [6, 3].includes(abort.exitCode) || abort, outcome, exitCode }).toEqual({ abort: true, outcome: 'committed', exitCode: 0 });
    expect(await expectOneCopy(carryon, name)).toBe(outcome === 'committed' ? to : from);
    await expectUnharmedAndAlive(load);
  }, minutes(3));
});
