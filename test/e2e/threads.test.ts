import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { expectCommitted, expectUnharmed, expectUnharmedAndAlive } from './support/expectations';
import { ThreadsLoad } from './support/load/threads';
import { startService } from './support/services';
import { minutes } from './support/settings';
import { carryon } from './support/shared';

const name = 'e2e-threads';
let load: ThreadsLoad;

beforeAll(async () => {
  const place = await startService(carryon, { name, image: 'carryon-workload-python', env: { THREADS: '16' }, hostPort: 9003, containerPort: 8080 });
  load = await ThreadsLoad.start({ ...place, connections: 4 });
}, minutes(3));

afterAll(async () => {
  expectUnharmed(await load.finish());
  await carryon.remove(name);
}, minutes(1));

describe('a Python program with many threads', () => {
  it.each([
    ['cloud', 'post-copy'],
    ['edge', 'post-copy'],
    ['cloud', 'stop-and-copy'],
  ] as const)('moves to %s by %s with every thread and every answer', async (to, strategy) => {
    expectCommitted(await carryon.migrate(name, { to, strategy }), { to, strategy });
    await expectUnharmedAndAlive(load);
  }, minutes(2));
});
