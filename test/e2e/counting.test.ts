import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addressOf } from './support/clusters';
import { expectCommitted, expectUnharmed, expectUnharmedAndAlive } from './support/expectations';
import { expectNumbersInLog } from './support/log';
import { memoryChecksum } from './support/load/checksum';
import { NumbersLoad } from './support/load/numbers';
import { startService } from './support/services';
import { minutes } from './support/settings';
import { carryon } from './support/shared';

const name = 'e2e-counting';
const port = 9001;
let load: NumbersLoad;
let checksum: string;

beforeAll(async () => {
  const place = await startService(carryon, { name, image: 'carryon-workload-native', command: ['/bin/counting', '128', '10'], hostPort: port, containerPort: 8080 });
  checksum = await memoryChecksum(place.host, place.port);
  load = await NumbersLoad.start({ ...place, connections: 4 });
}, minutes(3));

afterAll(async () => {
  expectUnharmed(await load.finish());
  await carryon.remove(name);
}, minutes(1));

describe('a program that counts', () => {
  it.each([
    ['cloud', 'post-copy'],
    ['edge', 'post-copy'],
    ['cloud', 'stop-and-copy'],
    ['edge', 'stop-and-copy'],
  ] as const)('moves to %s by %s with no number missing and none twice', async (to, strategy) => {
    expectCommitted(await carryon.migrate(name, { to, strategy }), { to, strategy });
    await expectUnharmedAndAlive(load);
  }, minutes(2));

  it('has all of its memory as it was', async () => {
    expect(await memoryChecksum(addressOf('edge'), port)).toBe(checksum);
  }, minutes(1));

  it('has a log with every number once and in order, over all migrations', async () => {
    await expectNumbersInLog(carryon, name);
  }, minutes(1));
});
