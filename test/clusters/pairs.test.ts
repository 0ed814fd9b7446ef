import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../e2e/support/await';
import { addressOf, kubectl } from '../e2e/support/clusters';
import { kubernetesOf } from '../e2e/support/configuration';
import { expectCommitted, expectUnharmed, expectUnharmedAndAlive } from '../e2e/support/expectations';
import { fillRedis, RedisLoad } from '../e2e/support/load/redis';
import { awaitPort, startService } from '../e2e/support/services';
import { minutes } from '../e2e/support/settings';
import { clusterSystem, daemon, east, lite, west } from './support/settings';
import { carryon } from './support/shared';

const name = 'pairs-redis';
/** A node port there, a published port here. */
const port = 30379;
const megabytes = 128;
const loads: RedisLoad[] = [];
let keys = 0;

beforeAll(async () => {
  const place = await startService(carryon, { name, cluster: daemon, image: 'carryon-workload-redis', hostPort: port, containerPort: 6379, restart: 'always' });
  keys = await fillRedis(place.host, place.port, megabytes);
  loads.push(await RedisLoad.start({ ...place, connections: 4, keys }));
}, minutes(3));

afterAll(async () => {
  for (const load of loads) await load.finish();
  await carryon.remove(name);
}, minutes(2));

describe('Redis with 128 MiB of data, under load by clients at every place where it has been', () => {
  // Every ordered pair of Docker, Kubernetes and the shape of K3s, and Kubernetes to another Kubernetes.
  it.each([
    [daemon, east],
    [east, west],
    [west, lite],
    [lite, daemon],
    [daemon, lite],
    [lite, east],
    [east, daemon],
  ])('moves from %s to %s without a lost write or a broken connection', async (from, to) => {
    const report = await carryon.migrate(name, { to });
    expectCommitted(report, { name, from, to });
    expect(report.bytesSent).toBeGreaterThan(megabytes * 2 ** 20);
    await awaitPort(addressOf(to), port);
    loads.push(await RedisLoad.start({ host: addressOf(to), port, connections: 2, keys, name: `${loads.length}-` }));
    for (const load of loads) await expectUnharmedAndAlive(load);
  }, minutes(3));

  it('is gone from everywhere when it is removed', async () => {
    for (const load of loads.splice(0)) expectUnharmed(await load.finish());
    await carryon.must('rm', name, '--force', '--volumes');
    await carryon.remove(name);
    for (const cluster of kubernetesOf(clusterSystem)) {
      await eventually(`nothing of it at ${cluster}`, async () => (await kubectl(cluster, 'get', 'pods,statefulsets,services,persistentvolumeclaims', '--selector', 'app.kubernetes.io/managed-by=carryon', '--output', 'name')) === '');
    }
  }, minutes(2));
});
