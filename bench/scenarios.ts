import { fillRedis, RedisLoad } from '../test/e2e/support/load/redis';
import { NumbersLoad } from '../test/e2e/support/load/numbers';
import type { Load } from '../test/e2e/support/load/load';
import type { ServiceOptions } from '../test/e2e/support/services';

export interface Scenario {
  name: string;
  service: ServiceOptions;
  /** How often an answer comes without a migration, ms: what the measured downtime cannot be below. */
  resolutionMs: number;
  start(place: { host: string; port: number }): Promise<Load>;
}

const counting = (megabytes: number): Scenario => ({
  name: `counting-${megabytes}`,
  service: { name: `bench-counting-${megabytes}`, image: 'carryon-workload-native', command: ['/bin/counting', String(megabytes), '1'], hostPort: 9001, containerPort: 8080 },
  resolutionMs: 1,
  start: (place) => NumbersLoad.start({ ...place, connections: 1 }),
});

const redis: Scenario = {
  name: 'redis-128',
  service: { name: 'bench-redis', image: 'carryon-workload-redis', hostPort: 6379, containerPort: 6379 },
  resolutionMs: 2,
  async start(place) {
    const keys = await fillRedis(place.host, place.port, 128);
    return RedisLoad.start({ ...place, connections: 4, keys, tickMs: 2 });
  },
};

export const scenarios: readonly Scenario[] = [counting(128), counting(1024), redis];
