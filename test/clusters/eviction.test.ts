import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { eventually } from '../e2e/support/await';
import { addressOf, kubeconfigOf, kubectl, repository } from '../e2e/support/clusters';
import { expectCommitted, expectUnharmed, expectUnharmedAndAlive } from '../e2e/support/expectations';
import { fillRedis, RedisLoad } from '../e2e/support/load/redis';
import { awaitPort } from '../e2e/support/services';
import { minutes } from '../e2e/support/settings';
import type { MigrationObject } from '../../operator/migration';
import { apply, deployment, nodePort } from './support/apply';
import { Operator, operatorConfiguration } from './support/operator';
import { configurationOf, manifests } from './support/interceptor';
import { startInterceptor } from './support/running-interceptor';
import { daemon, east } from './support/settings';
import { carryon } from './support/shared';

const name = 'evicted';
const port = 30383;
const own = 'evicting';
let directory: string;
let interceptor: { stop: () => Promise<void> };
let operator: Operator;
let load: RedisLoad | undefined;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'eviction-'));
  // With no other rights than those that are written down.
  await kubectl(east, 'delete', 'namespace', own, '--ignore-not-found');
  await kubectl(east, 'create', 'namespace', own);
  const rights = parseAllDocuments(await manifests(east, 'default', own)).map((document) => document.toJS() as { kind: string });
  for (const object of rights.filter(({ kind }) => /ServiceAccount|Role/.test(kind))) await apply(east, object);
  interceptor = await startInterceptor(east, (await configurationOf(directory, east, 'default', own)).file);
  await kubectl(east, 'apply', '--filename', path.join(repository, 'deploy/kubernetes/crd-migration.yaml'));
  await kubectl(east, 'wait', '--for=condition=Established', 'crd/migrations.carryon.io');
  operator = await Operator.started(await operatorConfiguration(directory, kubeconfigOf(east)));
}, minutes(3));
afterEach(async () => {
  await kubectl(east, 'uncordon', east);
  await load?.finish().catch(() => undefined);
  load = undefined;
  await kubectl(east, 'delete', 'deployment,service', name, '--ignore-not-found', '--wait');
  await eventually('no pod of it', async () => (await pods()).length === 0, minutes(1));
  await carryon.remove(name);
  await kubectl(east, 'delete', 'migrations', '--all');
}, minutes(3));
afterAll(async () => {
  await operator.end('SIGTERM');
  await interceptor.stop();
  await kubectl(east, 'delete', 'clusterrole,clusterrolebinding', `carryon-interceptor-${east}`);
  await kubectl(east, 'delete', 'role,rolebinding', 'carryon-interceptor');
  await kubectl(east, 'delete', 'namespace', own);
  await rm(directory, { recursive: true });
}, minutes(1));

const pods = async (fields = '') => (await kubectl(east, 'get', 'pods', '--selector', `app=${name}`, '--field-selector', fields, '--output', 'jsonpath={.items[*].metadata.name}')).split(' ').filter(Boolean);
const migrations = async () => (JSON.parse(await kubectl(east, 'get', 'migrations', '--output', 'json')) as { items: MigrationObject[] }).items;
const drain = (timeout: string) => kubectl(east, 'drain', east, '--ignore-daemonsets', '--delete-emptydir-data', '--pod-selector', `app=${name}`, '--timeout', timeout);

async function deployed(wish?: object): Promise<void> {
  const object = deployment(name, { command: ['redis-server', '--save', '', '--protected-mode', 'no'], ports: [{ containerPort: 6379 }] });
  if (wish) Object.assign(object.spec.template.metadata, { annotations: { 'carryon.io/on-eviction': JSON.stringify(wish) } });
  await apply(east, object, nodePort(name, 6379, port));
  await kubectl(east, 'wait', '--for=condition=Available', `deployment/${name}`, '--timeout=120s');
  await awaitPort(addressOf(east), port);
}

describe('a drained node', () => {
  it('is left by a service that says where it goes, before its pod ends', async () => {
    await deployed({ destination: daemon, relayFor: '40s' });
    const place = { host: addressOf(east), port };
    load = await RedisLoad.start({ ...place, connections: 2, keys: await fillRedis(place.host, place.port, 64) });
    await carryon.must('exec', name, 'redis-cli', 'SET', 'kept', 'in memory');
    const drained = drain('240s');
    await eventually('its arrival', async () => (await carryon.sightings(name)).some(({ cluster, journal }) => cluster === daemon && journal === 'running'), minutes(2));
    await expectUnharmedAndAlive(load);
    // It would notice the end of the relay.
    await load.finish();
    expect(await drained).toContain('drained');
    // What its Deployment made in its place waits for a node.
    expect(await pods(`spec.nodeName=${east}`)).toEqual([]);
    expect(await carryon.must('exec', name, 'redis-cli', 'GET', 'kept')).toBe('in memory');
    expect(await migrations()).toMatchObject([{ spec: { destination: daemon, source: east, relayFor: '40s' }, status: { outcome: 'committed' } }]);
  }, minutes(6));

  it('is not left while a service moves without being asked to, and is when it has settled', async () => {
    await deployed();
    const place = { host: addressOf(east), port };
    load = await RedisLoad.start({ ...place, connections: 2, keys: await fillRedis(place.host, place.port, 16) });
    expectCommitted(await carryon.migrate(name, { to: daemon, relayFor: '1h' }), { name, from: east, to: daemon });
    // Its pod carries the clients' connections.
    await expect(drain('8s')).rejects.toThrow("would violate the pod's disruption budget");
    expect(await pods(`spec.nodeName=${east}`)).toHaveLength(1);
    await expectUnharmedAndAlive(load);
    await kubectl(east, 'uncordon', east);
    expectCommitted(await carryon.migrate(name, { to: east }), { name, from: daemon, to: east });
    expectUnharmed(await load.finish());
    expect(await drain('90s')).toContain('drained');
  }, minutes(6));

  it('is drained as ever where the service cannot move', async () => {
    await deployed({ destination: 'nowhere' });
    const [before] = await pods();
    expect(await drain('120s')).toContain('drained');
    expect(await migrations()).toMatchObject([{ status: { outcome: 'refused' } }]);
    expect(await pods()).not.toContain(before);
    await kubectl(east, 'uncordon', east);
    await eventually('its next pod', async () => (await carryon.cli('exec', name, 'redis-cli', 'PING')).stdout.trim() === 'PONG', minutes(2));
  }, minutes(6));
});
