import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { expectCommitted, expectUnharmed, expectUnharmedAndAlive } from './support/expectations';
import { forkingLine, NumbersLoad } from './support/load/numbers';
import { startService } from './support/services';
import { minutes } from './support/settings';
import { carryon } from './support/shared';

const name = 'e2e-forking';
let load: NumbersLoad;

beforeAll(async () => {
  const place = await startService(carryon, { name, image: 'carryon-workload-native', command: ['/bin/forking'], hostPort: 9002, containerPort: 8080 });
  load = await NumbersLoad.start({ ...place, connections: 3 }, forkingLine);
}, minutes(3));

afterAll(async () => {
  expectUnharmed(await load.finish());
  await carryon.remove(name);
}, minutes(1));

describe('a service with a child, a daemon, a timer and many kernel objects', () => {
  it.each([
    ['fog', 'post-copy'],
    ['cloud', 'post-copy'],
    ['edge', 'post-copy'],
    ['fog', 'stop-and-copy'],
    ['cloud', 'stop-and-copy'],
    ['edge', 'stop-and-copy'],
  ] as const)('goes on to %s by %s, with all that it uses and a monotonic clock that never jumps', async (to, strategy) => {
    expectCommitted(await carryon.migrate(name, { to, strategy }), { to, strategy });
    await expectUnharmedAndAlive(load);
  }, minutes(2));
});
