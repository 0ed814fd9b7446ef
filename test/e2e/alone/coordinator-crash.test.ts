import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../support/await';
import { expectOneCopy } from '../support/copies';
import { expectUnharmed, expectUnharmedAndAlive } from '../support/expectations';
import { NumbersLoad } from '../support/load/numbers';
import { expectNumbersInLog } from '../support/log';
import { startService } from '../support/services';
import { minutes } from '../support/settings';
import { carryon } from '../support/shared';

const name = 'e2e-coordinator-crash';
let load: NumbersLoad;

beforeAll(async () => {
  const place = await startService(carryon, { name, image: 'carryon-workload-native', command: ['/bin/counting', '64', '10'], hostPort: 9006, containerPort: 8080 });
  load = await NumbersLoad.start({ ...place, connections: 3 });
}, minutes(3));

afterEach(async () => {
  await expectUnharmedAndAlive(load);
}, minutes(1));

afterAll(async () => {
  expectUnharmed(await load.finish());
  await expectNumbersInLog(carryon, name);
  await carryon.remove(name);
}, minutes(1));

const whereTo = async () => {
  const from = await expectOneCopy(carryon, name);
  return { from, to: from === 'edge' ? 'cloud' : 'edge' };
};

describe('a crash of the coordinators and of Temporal', () => {
  it.each([
    ['post-copy', 500],
    ['post-copy', 2000],
    ['stop-and-copy', 2500],
  ] as const)('during %s, %i ms after the request, is made good when they are back', async (strategy, afterMs) => {
    const { from, to } = await whereTo();
    await carryon.must('down');
    const { pid } = JSON.parse(await carryon.must('up', '--detach', '--json')) as { pid: number };
    const family = [pid, ...(await childrenOf(pid))];
    await carryon.startMigration(name, { to, strategy });
    await pause(afterMs);
    for (const member of family) process.kill(member, 'SIGKILL');
    await pause(1_000);
    await carryon.must('up', '--detach');
    const { report } = await eventually('the end of the migration', async () => {
      const status = await carryon.status(name);
      return status.endedAt !== undefined && status;
    }, 180_000);
    const owner = await expectOneCopy(carryon, name);
    expect(owner).toBe(report?.outcome === 'committed' ? to : from);
  }, minutes(5));
});

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.trim().split(' ').filter(Boolean).map(Number);
}
