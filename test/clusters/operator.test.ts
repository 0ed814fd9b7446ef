import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../e2e/support/await';
import { addressOf, kubectl, repository } from '../e2e/support/clusters';
import { expectUnharmed } from '../e2e/support/expectations';
import { fillRedis, RedisLoad } from '../e2e/support/load/redis';
import { awaitPort, startService } from '../e2e/support/services';
import { minutes } from '../e2e/support/settings';
import { finalizer, type MigrationObjectStatus } from '../../operator/migration';
import { apply, conditionOf, ended, eventsOf, make, read, statusWith } from './support/migrations';
import { Operator, operatorConfiguration } from './support/operator';
import { ServiceAccount } from './support/service-account';
import { daemon, east } from './support/settings';
import { carryon } from './support/shared';

const name = 'objects';
const port = 30382;
let directory: string;
let configuration: string;
let account: ServiceAccount;
let operator: Operator | undefined;
let load: RedisLoad | undefined;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'operator-'));
  // A run that was cut off may have left some, and nobody who would let them go.
  await kubectl(east, 'delete', 'crd', 'migrations.carryon.io', '--ignore-not-found', '--wait=false');
  for (const left of (await kubectl(east, 'get', 'migrations', '--output', 'name').catch(() => '')).split('\n').filter(Boolean)) {
    await kubectl(east, 'patch', left, '--type', 'merge', '--patch', '{"metadata":{"finalizers":null}}');
  }
  await eventually('an API server without Migrations', async () => (await kubectl(east, 'get', 'crd', 'migrations.carryon.io', '--ignore-not-found')) === '');
  account = await ServiceAccount.make(east, 'default', 'operator-role.yaml', directory);
  configuration = await operatorConfiguration(directory, await account.kubeconfig());
  const place = await startService(carryon, { name, cluster: daemon, image: 'carryon-workload-redis', hostPort: port, containerPort: 6379, restart: 'always' });
  load = await RedisLoad.start({ ...place, connections: 2, keys: await fillRedis(place.host, place.port, 16) });
}, minutes(3));

afterAll(async () => {
  await load?.finish();
  await kubectl(east, 'delete', 'migrations', '--all').catch(() => undefined);
  await operator?.end('SIGTERM');
  await carryon.remove(name);
  await rm(directory, { recursive: true });
}, minutes(2));

/** What a migration would have changed. */
const traces = async () => (await carryon.sightings(name)).map(({ cluster, id, state, journal, epoch }) => ({ cluster, id, state, journal, epoch }));
const place = async () => (await carryon.sightings(name)).find(({ journal }) => journal === 'running')?.cluster;
const nothingIs = async (object: string) => (await kubectl(east, 'get', 'migration', object, '--ignore-not-found')) === '';
/** A file that takes a while to copy, each time anew, so that there is time to interfere before the freeze. */
const fill = () => carryon.must('exec', name, 'sh', '-c', 'head -c 400M /dev/urandom > bulk');
/** A phase that is short may pass between two looks. */
const isUnderWay = ({ phase }: MigrationObjectStatus) => phase === 'prepare' || phase === 'pre-dump';
const start = async () => (operator = await Operator.started(configuration));

describe('an operator that cannot do its work ends, and says why', () => {
  it('where nobody knows what a Migration is', async () => {
    const { exitCode, said } = await Operator.start(configuration).ended();
    expect(exitCode).toBe(3);
    expect(said).toContain('no-definition');
    expect(said).toContain('crd-migration.yaml');
    await kubectl(east, 'apply', '--filename', path.join(repository, 'deploy/kubernetes/crd-migration.yaml'));
    await kubectl(east, 'wait', '--for=condition=Established', 'crd/migrations.carryon.io');
  }, minutes(1));

  const rights = ['migrations get', 'migrations list', 'migrations watch', 'migrations patch', 'migrations/status patch'];

  const ofPods = ['pods list', 'pods watch'];

  it('has these rights, and those of telling events', () => {
    expect(account.rights.sort()).toEqual([...rights, 'events create', ...ofPods].sort());
  });

  it.each(rights)('without the right %s', async (right) => {
    const [resource = '', verb = ''] = right.split(' ');
    await account.grantAllBut(resource, verb);
    await make('forbidden', { service: 'nobody', destination: 'nowhere' });
    const { exitCode, said } = await Operator.start(configuration).ended();
    expect(exitCode).toBe(3);
    expect(said).toContain('kubernetes-forbidden');
    expect(said).toContain('docs/KUBERNETES.md');
    await kubectl(east, 'patch', 'migration', 'forbidden', '--type', 'merge', '--patch', '{"metadata":{"finalizers":null}}');
    await kubectl(east, 'delete', 'migration', 'forbidden');
  }, minutes(2));

  it('but for the want of events, which it names', async () => {
    await account.grantAllBut('events', 'create');
    const mute = await Operator.started(configuration);
    await make('untold', { service: 'nobody', destination: 'nowhere' });
    expect(await ended('untold')).toMatchObject({ outcome: 'refused' });
    await mute.says('events.events.k8s.io is forbidden');
    expect(await mute.end('SIGTERM')).toMatchObject({ exitCode: 0 });
    await kubectl(east, 'delete', 'migration', 'untold');
  }, minutes(1));

  it.each(ofPods)('but for %s, without which it does not tell of memory', async (right) => {
    const [resource = '', verb = ''] = right.split(' ');
    await account.grantAllBut(resource, verb);
    const mute = await Operator.started(configuration);
    await mute.says('killed for want of memory are not told of');
    expect(await mute.end('SIGTERM')).toMatchObject({ exitCode: 0 });
  }, minutes(1));
});

describe('a Migration that makes no sense', () => {
  beforeAll(async () => {
    await account.grant(account.rules);
    operator = await Operator.started(configuration);
  });

  const good = { service: name, destination: east };

  it.each([
    ['no destination', { service: name }, 'spec.destination: Required value'],
    ['an unknown strategy', { ...good, strategy: 'magic' }, 'Unsupported value: "magic"'],
    ['a duration without a unit', { ...good, maxDowntime: '200' }, 'spec.maxDowntime: Invalid value'],
    ['a number too high', { ...good, priority: 101 }, 'should be less than or equal to 100'],
    ['one cluster as both ends', { ...good, source: east }, 'source and destination are the same cluster'],
    ['a name that no service has', { ...good, service: "o'; --" }, 'spec.service: Invalid value'],
    ['a misspelt field', { ...good, maxDowntme: '200ms' }, 'unknown field "spec.maxDowntme"'],
  ])('is refused by the API server: %s', async (_what, spec, words) => {
    expect(await apply('senseless', spec)).toContain(words);
    expect(await nothingIs('senseless')).toBe(true);
  });

  it('cannot be made sense of afterwards: a specification stays as it is', async () => {
    await make('constant', { service: 'nobody', destination: east });
    await expect(kubectl(east, 'patch', 'migration', 'constant', '--type', 'merge', '--patch', '{"spec":{"destination":"elsewhere"}}')).rejects.toThrow('a migration cannot be changed');
    await kubectl(east, 'delete', 'migration', 'constant');
  });

  it.each([
    ['an unknown destination', { service: name, destination: 'mars' }, 'unknown-cluster', 'There is no cluster mars'],
    ['an unknown service', { service: 'nobody', destination: east }, 'service-not-found', 'No service "nobody" runs in any cluster'],
    ['the place where it is', { service: name, destination: daemon }, 'same-cluster', `is in ${daemon} already`],
  ])('is refused by a condition: %s', async (_what, spec, reason, words) => {
    const before = await traces();
    await make('refused', spec);
    await kubectl(east, 'wait', '--for=jsonpath={.status.outcome}', 'migration/refused', '--timeout=1m');
    const { status } = await read('refused');
    if (!status) throw new Error('no status');
    expect(status.outcome).toBe('refused');
    expect(conditionOf(status, 'Accepted')).toMatchObject({ status: 'False', reason, message: expect.stringContaining(words) });
    expect(conditionOf(status, 'Completed')).toMatchObject({ status: 'False', reason });
    expect(await traces()).toEqual(before);
    const object = await read('refused');
    await eventually('its event', async () => (await eventsOf(object)).some((event) => event.type === 'Warning' && event.reason === 'Refused' && event.note.includes(words)));
    await kubectl(east, 'delete', 'migration', 'refused');
  }, minutes(1));
});

describe('a Migration', () => {
  it('moves its service, as kubectl shows while it does', async () => {
    await make('there', { service: name, destination: east, strategy: 'stop-and-copy' });
    const seen: string[] = [];
    const watched = eventually('the end as kubectl shows it', async () => {
      seen.push((await kubectl(east, 'get', 'migration', 'there')).split('\n').at(1) ?? '');
      return seen.at(-1)?.includes('committed');
    }, minutes(2));
    expect(await kubectl(east, 'wait', '--for=condition=Completed', 'migration/there', '--timeout=2m')).toContain('condition met');
    await watched;
    const object = await read('there');
    expect(object.status).toMatchObject({ phase: 'committed', outcome: 'committed', source: daemon, workflowId: `migrate-${name}`, report: { strategy: 'stop-and-copy', downtimeMs: expect.any(Number) } });
    expect(object.status?.progress).toBeUndefined();
    expect(object.metadata.finalizers).toBeUndefined();
    expect(seen.some((row) => /\sprepare\s/.test(row))).toBe(true);
    const columns = [...['there', name, daemon, east, 'committed', object.status?.report?.downtime ?? '?']].join('\\s+');
    expect(seen.at(-1)).toMatch(new RegExp(`^${columns}\\s+\\d+s$`));
    expect(await place()).toBe(east);
    await awaitPort(addressOf(east), port);
    if (load) expectUnharmed(await load.finish());
    const events = await eventually('all of its events', async () => {
      const found = await eventsOf(object);
      return found.length >= 4 && found;
    });
    expect(events.map(({ reason }) => reason)).toEqual(['Accepted', 'Frozen', 'Committed', 'Completed']);
    expect(await kubectl(east, 'describe', 'migration', 'there')).toMatch(/Frozen .*carryon.io\/operator +\S+ was frozen on/);
  }, minutes(3));

  it('that has ended is removed at once, and so says nothing about the service', async () => {
    await kubectl(east, 'delete', 'migration', 'there', '--timeout', '10s');
    expect(await place()).toBe(east);
  }, minutes(1));

  it('is taken back when it is deleted; another one for the service is refused meanwhile', async () => {
    await fill();
    await make('back', { service: name, destination: daemon });
    const { runId } = await statusWith('back', 'something under way', isUnderWay);
    await make('second', { service: name, destination: daemon });
    expect(conditionOf(await ended('second'), 'Accepted')).toMatchObject({ status: 'False', reason: 'already-migrating' });
    const object = await read('back');
    expect(object.metadata.finalizers).toEqual([finalizer]);
    await kubectl(east, 'delete', 'migration', 'back', '--timeout', '60s');
    expect(await nothingIs('back')).toBe(true);
    expect(await place()).toBe(east);
    expect(await carryon.status(name)).toMatchObject({ runId, status: 'FAILED', report: { outcome: 'rolled-back', reason: 'aborted: the Migration back was deleted' } });
    expect((await eventsOf(object)).map(({ reason }) => reason)).toContain('RolledBack');
    await kubectl(east, 'delete', 'migration', 'second');
  }, minutes(2));
});

describe('an operator that dies', () => {
  /** Dies while the migration goes on. */
  async function killed(object: string, spec: { destination: string }): Promise<string | undefined> {
    await fill();
    await make(object, { service: name, ...spec });
    const { runId } = await statusWith(object, 'something under way', isUnderWay);
    await operator?.end('SIGKILL');
    expect((await read(object)).status?.outcome).toBeUndefined();
    return runId;
  }

  it('goes on where it was when it is started again', async () => {
    const runId = await killed('again', { destination: daemon });
    await start();
    expect(await ended('again')).toMatchObject({ outcome: 'committed', runId });
    expect(await carryon.status(name)).toMatchObject({ runId });
    expect(await place()).toBe(daemon);
    const object = await read('again');
    await eventually('each of its events once', async () => (await eventsOf(object)).map(({ reason }) => reason).join() === 'Accepted,Frozen,Committed,Completed');
    await kubectl(east, 'delete', 'migration', 'again');
  }, minutes(3));

  it('finds its migration by the object alone, though it has ended meanwhile', async () => {
    const runId = await killed('found', { destination: east });
    await kubectl(east, 'patch', 'migration', 'found', '--subresource', 'status', '--type', 'json', '--patch', '[{"op":"remove","path":"/status"}]');
    await eventually('the end of the migration', async () => (await carryon.status(name)).status === 'COMPLETED', minutes(2));
    await start();
    expect(await ended('found')).toMatchObject({ outcome: 'committed', runId, source: daemon });
    expect(await carryon.status(name)).toMatchObject({ runId });
    await kubectl(east, 'delete', 'migration', 'found');
  }, minutes(3));

  it('hears afterwards that the object was deleted, which has waited for it', async () => {
    const runId = await killed('deleted', { destination: daemon });
    await kubectl(east, 'delete', 'migration', 'deleted', '--wait=false');
    expect((await read('deleted')).metadata.deletionTimestamp).toBeDefined();
    await start();
    await eventually('the end of the object', () => nothingIs('deleted'), minutes(1));
    expect(await carryon.status(name)).toMatchObject({ runId, report: { outcome: 'rolled-back' } });
    expect(await place()).toBe(east);
  }, minutes(3));
});

describe('while Temporal is away', () => {
  it('a Migration says so and waits; one that is deleted then was never started', async () => {
    await carryon.must('down');
    await make('waits', { service: name, destination: daemon });
    await make('given-up', { service: name, destination: 'mars' });
    for (const object of ['waits', 'given-up']) {
      const status = await statusWith(object, 'its trouble', ({ conditions }) => conditions.length > 0);
      expect(conditionOf(status, 'Accepted')).toMatchObject({ status: 'Unknown', reason: 'temporal-unreachable', message: expect.stringContaining('tried again') });
      expect(status).toMatchObject({ phase: 'pending' });
    }
    await kubectl(east, 'delete', 'migration', 'given-up', '--wait=false');
    await carryon.must('up', '--detach');
    const { outcome, message } = await ended('waits');
    expect({ outcome, message }).toEqual({ outcome: 'committed', message: `${name} runs on ${daemon}.` });
    await eventually('the end of the other', () => nothingIs('given-up'), minutes(1));
  }, minutes(4));
});
