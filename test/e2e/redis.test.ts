import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addressOf } from './support/clusters';
import { expectCommitted, expectUnharmed, expectUnharmedAndAlive } from './support/expectations';
import { fillRedis, RedisLoad } from './support/load/redis';
import { startService } from './support/services';
import { minutes } from './support/settings';
import { carryon } from './support/shared';

const name = 'e2e-redis';
const megabytes = 128;
let load: RedisLoad;

beforeAll(async () => {
  const place = await startService(carryon, { name, image: 'carryon-workload-redis', hostPort: 6379, containerPort: 6379 });
  const keys = await fillRedis(place.host, place.port, megabytes);
  load = await RedisLoad.start({ ...place, connections: 8, keys });
}, minutes(3));

afterAll(async () => {
  expectUnharmed(await load.finish());
  await carryon.remove(name);
}, minutes(1));

describe('Redis with 128 MiB of data and pipelined clients', () => {
  it.each([
    ['edge', 'cloud', 'post-copy'],
    ['cloud', 'edge', 'post-copy'],
    ['edge', 'cloud', 'stop-and-copy'],
  ] as const)('moves from %s to %s by %s without a lost write or a broken connection', async (from, to, strategy) => {
    const report = await carryon.migrate(name, { to, strategy });
    expectCommitted(report, { name, from, to, strategy });
    expect(report.bytesSent).toBeGreaterThan(megabytes * 2 ** 20);
    await expectUnharmedAndAlive(load);
  }, minutes(2));

  it('takes new clients at the address of the cluster that it moved to', async () => {
    expectUnharmed(await load.checkAt(addressOf('cloud'), 6379));
  }, minutes(1));
});
