import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/await';
import { docker } from '../support/clusters';
import { expectCommitted, expectUnharmed } from '../support/expectations';
import { rememberedFlows } from '../support/flows';
import { NumbersLoad } from '../support/load/numbers';
import { expectNumbersInLog } from '../support/log';
import { startService } from '../support/services';
import { minutes } from '../support/settings';
import { carryon } from '../support/shared';
import { tracesOfCluster, tracesOfContainer, tracesOfMachine, type Traces } from '../support/traces';

const name = 'e2e-leftovers';
const migrations = 20;
let load: NumbersLoad;

beforeAll(async () => {
  const place = await startService(carryon, { name, image: 'carryon-workload-native', command: ['/bin/counting', '16', '10'], hostPort: 9009, containerPort: 8080 });
  load = await NumbersLoad.start({ ...place, connections: 2 });
}, minutes(3));

afterAll(() => carryon.remove(name), minutes(1));

/** The clients came in at edge, so its relay is needed while the service is away. That at cloud is not: it may be going when the service comes again. */
async function migrate(number: number): Promise<void> {
  const to = number % 2 === 1 ? 'cloud' : 'edge';
  const strategy = number % 4 === 3 ? 'stop-and-copy' : 'post-copy';
  expectCommitted(await carryon.migrate(name, { to, strategy, ...(to === 'edge' && { relayFor: '1s' }) }), { to, strategy });
}

/** The relay is gone, and so is the last handoff's driver, which waits a while for late questions. */
async function rest(): Promise<void> {
  await eventually('the end of the relay', async () => (await carryon.sightings(name)).length === 1);
  await eventually('the end of the driver', async () => !(await docker('edge', 'top', name, '-eo', 'pid,args')).includes('/opt/carryon/bin/handoff'), 90_000);
}

async function takeStock(): Promise<Record<string, Traces>> {
  const stock = { machine: await tracesOfMachine(), edge: await tracesOfCluster('edge'), cloud: await tracesOfCluster('cloud'), container: await tracesOfContainer('edge', name) };
  return JSON.parse(JSON.stringify(stock, (_, value: unknown) => (Array.isArray(value) ? value.filter((line) => !isTicket(line)) : value))) as typeof stock;
}

/** A service keeps a record of each of its migrations: old questions still get their true answers. */
const isTicket = (line: unknown) => /tickets\/\d+\.json f$/.test(String(line));

/** Kinds of traces of which there is something that was not there before. */
const grown = (before: Record<string, Traces>, after: Record<string, Traces>) =>
  Object.entries(after).flatMap(([place, traces]) => Object.entries(traces).filter(([kind, lines]) => lines.length > (before[place]?.[kind]?.length ?? 0)).map(([kind]) => `${place} ${kind}`));

describe('twenty migrations in a row', () => {
  let fresh: Record<string, Traces>;
  let first: Record<string, Traces>;

  it('begin with a round trip that leaves a tunnel, a record at both clusters, and files of the last handoff', async () => {
    fresh = await takeStock();
    for (const number of [1, 2]) await migrate(number);
    await rest();
    first = await takeStock();
    const tunnel = ['edge contained', 'container processes', 'container filter', 'container links', 'container rules', 'container routes', 'container neighbours'];
    const records = ['edge stored', 'cloud volumes', 'cloud stored', 'container state'];
    expect(grown(fresh, first).sort()).toEqual([...tunnel, ...records, 'container run'].sort());
  }, minutes(4));

  it('leave no more than that', async () => {
    for (let number = 3; number <= migrations; number++) await migrate(number);
    await rest();
    expect(await takeStock()).toEqual(first);
  }, minutes(8));

  it('remember of connections no more than those that are open, and for two minutes those that have ended', async () => {
    const flows = await rememberedFlows('edge', name);
    const open = load.localPorts().map((port) => `10.77.0.1:${port}`);
    expect(flows.filter(({ closing }) => !closing).map(({ client }) => client).sort()).toEqual(open.sort());
    expect(flows.filter(({ closing, expiresS }) => closing && expiresS > 120)).toEqual([]);
  }, minutes(1));

  it('lose no line of the log and print none twice', async () => {
    await expectNumbersInLog(carryon, name);
  }, minutes(1));

  it('keep the connections to the place where the service began', async () => {
    expectUnharmed(await load.finish());
  }, minutes(1));
});
