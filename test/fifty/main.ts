import path from 'node:path';
import { connectTemporal, type MigrationEnd, type Migrations } from '../../clients/temporal';
import { formatBytes, formatDuration } from '../../domain/quantities';
import { addressOf, repository } from '../e2e/support/clusters';
import { NumbersLoad } from '../e2e/support/load/numbers';
import { awaitPort } from '../e2e/support/services';
import { System } from '../e2e/support/system';
import { runCli } from '../unit/cli/run-cli';
import { MemoryWatch } from './memory-watch';

/** Fifty small services move to and fro between two clusters, all at once each time. Prints what it took; fails if anything was lost. */
const count = Number(process.env.CARRYON_FIFTY ?? 50);
const settings = { directory: path.join(repository, '.carryon/fifty'), clusters: ['edge', 'cloud'], temporalPort: 17533, enginePorts: '18400-18799' } as const;
const firstPort = 9200;
const startedAtATime = 4;
/** Longer than both rounds: the clients stay where they came in. */
const relayForMs = 3_600_000;

interface Service {
  name: string;
  home: string;
  load: NumbersLoad;
}

async function main(): Promise<void> {
  const memory = new MemoryWatch();
  const system = await System.start(settings);
  const migrations = await connectTemporal({ address: `127.0.0.1:${settings.temporalPort}`, namespace: 'default' });
  const problems: string[] = [];
  try {
    await removeAll();
    const services = await timed(`${count} services started`, () => startAll());
    for (const round of ['there', 'back']) {
      const to = ({ home }: Service) => (round === 'there' ? other(home) : home);
      const ends = await timed(`${count} migrations ${round}`, () => Promise.all(services.map((service) => migrate(migrations, service.name, to(service)))));
      problems.push(...ends.flatMap(problemOf), ...(await placesOf(services, to)), ...(await harmOf(services)));
      print(`  ${summaryOf(ends)}`);
    }
    await Promise.all(services.map(({ load }) => load.finish()));
    for (const problem of problems) print(`FAILED: ${problem}`);
    print(problems.length === 0 ? 'fifty: nothing lost, no connection broken, one copy each' : `fifty: ${problems.length} problems`);
    process.exitCode = problems.length === 0 ? 0 : 1;
    await timed('all removed', removeAll);
  } finally {
    await migrations.close();
    await system.stop();
    print(`memory in use at most: ${formatBytes(memory.end())} more than before`);
  }
}

const other = (cluster: string) => (cluster === 'edge' ? 'cloud' : 'edge');

/** In this process: a hundred programs one after the other would take longer than what is measured. */
async function carryon(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli(args, { directory: settings.directory });
  if (code !== 0) throw new Error(`carryon ${args.join(' ')} exited with ${code}: ${stderr}`);
  return stdout;
}

const list = async () => JSON.parse(await carryon('ps', '--json')) as { name: string; cluster: string; journal?: string }[];

async function removeAll(): Promise<void> {
  const ours = (await list()).filter(({ name }) => name.startsWith('fifty-'));
  await inTurns(ours, ({ name, cluster }) =>
    carryon('rm', '--force', '--volumes', '--cluster', cluster, name).catch((error: unknown) => {
      // A relay that nobody used any more went by itself meanwhile.
      if (!String(error).includes('service-not-found')) throw error;
    }),
  );
}

function startAll(): Promise<Service[]> {
  return inTurns(Array.from({ length: count }, (_, index) => index), async (index) => {
    const [name, home, hostPort] = [`fifty-${index}`, index % 2 === 0 ? 'edge' : 'cloud', firstPort + index];
    await carryon('run', '--cluster', home, '--name', name, '-p', `${hostPort}:8080`, 'carryon-workload-native', '/bin/counting', String(1 + (index % 4)), '100');
    await awaitPort(addressOf(home), hostPort);
    return { name, home, load: await NumbersLoad.start({ host: addressOf(home), port: hostPort, connections: 1 }) };
  });
}

/** Whatever becomes of one, the others are waited for. */
async function migrate(migrations: Migrations, service: string, to: string): Promise<MigrationEnd> {
  try {
    return await migrations.end(await migrations.start({ service, to, relayForMs }));
  } catch (error) {
    return { outcome: 'needs-human', message: `${service}: nothing was heard of its migration: ${String(error)}` };
  }
}

const problemOf = ({ outcome, message }: MigrationEnd) => (outcome === 'committed' ? [] : [`${outcome}: ${message}`]);

/** Where each one is: at one place, and the right one. */
async function placesOf(services: Service[], to: (service: Service) => string): Promise<string[]> {
  const rows = await list();
  return services.flatMap((service) => {
    const places = rows.filter(({ name, journal }) => name === service.name && journal === 'running').map(({ cluster }) => cluster);
    return places.length === 1 && places[0] === to(service) ? [] : [`${service.name} should run at ${to(service)}, and runs at: ${places.join(', ') || 'no cluster'}`];
  });
}

/** Numbers that a client did not get, connections that ended, and services that do not answer any more. */
async function harmOf(services: Service[]): Promise<string[]> {
  const before = await Promise.all(services.map(({ load }) => load.check()));
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const after = await Promise.all(services.map(({ load }) => load.check()));
  return services.flatMap(({ name }, index) => {
    const [then, now] = [before[index], after[index]];
    if (!then || !now) return [];
    return [
      ...now.problems.map((problem) => `${name}: ${problem}`),
      ...(now.lost > 0 || now.broken > 0 ? [`${name}: ${now.lost} numbers lost, ${now.broken} connections broken`] : []),
      ...(now.acknowledged <= then.acknowledged ? [`${name}: nothing came for 3 s`] : []),
    ];
  });
}

function summaryOf(ends: MigrationEnd[]): string {
  const reports = ends.flatMap(({ report }) => report ?? []);
  const middle = (numbers: number[]) => formatDuration([...numbers].sort((one, two) => one - two)[Math.floor(numbers.length / 2)] ?? 0);
  const queued = reports.map(({ steps }) => steps.filter(({ phase }) => phase === 'queue').reduce((sum, { durationMs }) => sum + durationMs, 0));
  const moving = reports.map(({ migrationMs }, index) => migrationMs - (queued[index] ?? 0));
  const down = reports.map(({ downtimeMs }) => downtimeMs);
  return `in the queue ${middle(queued)} (${formatDuration(Math.max(...queued))} at most), under way ${middle(moving)} (${formatDuration(Math.max(...moving))}), down ${middle(down)} (${formatDuration(Math.max(...down))}); medians`;
}

async function inTurns<Item, Result>(items: Item[], act: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let at = 0; at < items.length; at += startedAtATime) results.push(...(await Promise.all(items.slice(at, at + startedAtATime).map(act))));
  return results;
}

async function timed<T>(what: string, act: () => Promise<T>): Promise<T> {
  const began = Date.now();
  const result = await act();
  print(`${what} in ${formatDuration(Date.now() - began)}`);
  return result;
}

const print = (line: string) => process.stdout.write(`${line}\n`);

main().then(
  () => process.exit(),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
