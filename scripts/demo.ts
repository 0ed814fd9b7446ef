import path from 'node:path';
import { clustersDown, dockerHost, repository } from '../test/e2e/support/clusters';
import { fillRedis, RedisLoad } from '../test/e2e/support/load/redis';
import { startService } from '../test/e2e/support/services';
import { System } from '../test/e2e/support/system';
import { demoArguments } from './demo/arguments';
import { describeMigration, move, type DemoResult } from './demo/move';

const clusters = ['edge', 'cloud'];
const service = { name: 'demo-redis', port: 6379 };
const dataMegabytes = 128;
const connections = 8;
const system = { directory: path.join(repository, '.carryon/demo'), clusters, temporalPort: 7233, enginePorts: '17400-17499', images: ['carryon-runtime', 'carryon-workload-redis'] };

const say = (text: string) => console.log(`demo: ${text}`);

async function demo(started: System, hops: number): Promise<DemoResult[]> {
  const { carryon } = started;
  say(`running Redis on ${clusters[0]} and loading ${dataMegabytes} MiB`);
  const place = await startService(carryon, { name: service.name, image: 'carryon-workload-redis', hostPort: service.port, containerPort: service.port });
  const keys = await fillRedis(place.host, place.port, dataMegabytes);
  say(`${connections} clients write and read, pipelined, from now on`);
  const load = await RedisLoad.start({ ...place, connections, keys });
  const results: DemoResult[] = [];
  try {
    for (let hop = 1; hop <= hops; hop++) {
      const to = clusters[hop % clusters.length]!;
      say(`migration ${hop} of ${hops}, to ${to}`);
      const result = await move(carryon, load, service, to);
      say(describeMigration(result));
      results.push(result);
    }
  } finally {
    await load.finish().catch((error: unknown) => say(`the last look at the data failed: ${String(error)}`));
  }
  return results;
}

function sayWhatIsLeft(): void {
  say('everything is left running:');
  say(`  Temporal's web interface: http://127.0.0.1:${system.temporalPort + 1000}`);
  for (const cluster of clusters) say(`  ${cluster}: docker -H ${dockerHost(cluster)} ps`);
  say(`  CARRYON_CONFIG=${path.join(system.directory, 'carryon.yaml')} node bin/carryon.js ps`);
  say(`  to end it: CARRYON_CONFIG=${path.join(system.directory, 'carryon.yaml')} node bin/carryon.js down; scripts/clusters.sh down`);
}

async function main(): Promise<void> {
  const { hops, keep } = demoArguments(process.argv.slice(2));
  say('starting clusters, Temporal and coordinators');
  const started = await System.start(system);
  let results: DemoResult[] = [];
  try {
    results = await demo(started, hops);
  } finally {
    if (!keep) {
      say('cleaning up');
      await started.carryon.remove(service.name);
      await started.stop();
      await clustersDown(clusters);
    }
  }
  if (keep) sayWhatIsLeft();
  console.log(JSON.stringify({ migrations: results.map(({ migration }) => migration) }));
  const harmed = results.some(({ migration, problems }) => migration.lost > 0 || migration.broken > 0 || problems.length > 0);
  process.exitCode = harmed ? 1 : 0;
}

main().catch((error: unknown) => {
  console.error(`demo: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
