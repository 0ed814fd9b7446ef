import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { addressOf, kubectl } from '../e2e/support/clusters';
import { eventually } from '../e2e/support/await';
import { expectCommitted, expectUnharmed, expectUnharmedAndAlive } from '../e2e/support/expectations';
import { fillRedis, RedisLoad } from '../e2e/support/load/redis';
import { awaitPort } from '../e2e/support/services';
import { minutes } from '../e2e/support/settings';
import { apply, deployment, nodePort } from './support/apply';
import { startInterceptor, type RunningInterceptor } from './support/running-interceptor';
import { east, west } from './support/settings';
import { carryon } from './support/shared';

const name = 'along';
const port = 30384;
const clusters = [east, west];
const settings = [
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'along-settings' }, data: { greeting: 'hello' } },
  { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'along-secret' }, stringData: { word: 'swordfish' } },
];
const given = [
  deployment(
    name,
    {
      command: ['redis-server', '--save', '', '--protected-mode', 'no', '--dir', '/data'],
      env: [{ name: 'SECRET', valueFrom: { secretKeyRef: { name: 'along-secret', key: 'word' } } }],
      ports: [{ name: 'redis', containerPort: 6379 }],
      // The volumes of these clusters are directories of root's.
      securityContext: { runAsUser: 0 },
      readinessProbe: { exec: { command: ['redis-cli', 'ping'] }, periodSeconds: 2 },
      volumeMounts: [{ name: 'data', mountPath: '/data' }, { name: 'settings', mountPath: '/settings' }],
    },
    [{ name: 'data', persistentVolumeClaim: { claimName: 'along-files' } }, { name: 'settings', configMap: { name: 'along-settings' } }],
  ),
  nodePort(name, 6379, port),
  { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'along-files' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '64Mi' } } } },
];

let interceptors: RunningInterceptor[] = [];
let load: RedisLoad | undefined;

interface Deployment {
  metadata: { labels?: object; annotations?: Record<string, string> };
  spec: { replicas?: number };
}
const deployed = async (cluster: string) => JSON.parse(await kubectl(cluster, 'get', 'deployment', name, '--output', 'json')) as Deployment;
const pods = async (cluster: string) => (await kubectl(cluster, 'get', 'pods', '--selector', `app=${name}`, '--output', 'jsonpath={.items[*].metadata.name}')).split(' ').filter(Boolean);
const leftAt = (cluster: string) => kubectl(cluster, 'get', 'deployment,statefulset,service,pod,persistentvolumeclaim', name, 'along-files', '--ignore-not-found', '--output', 'name');
const clear = async (cluster: string) => {
  await kubectl(cluster, 'delete', 'deployment,service,configmap,secret', name, 'along-settings', 'along-secret', '--ignore-not-found');
  await kubectl(cluster, 'wait', 'pods', '--selector', `app=${name}`, '--for=delete', '--timeout=60s');
  await kubectl(cluster, 'delete', 'persistentvolumeclaim', 'along-files', '--ignore-not-found');
};

beforeAll(async () => {
  interceptors = await Promise.all(clusters.map((cluster) => startInterceptor(cluster)));
  await apply(east, ...settings, ...given);
  await kubectl(east, 'wait', '--for=condition=Available', `deployment/${name}`, '--timeout=120s');
  await awaitPort(addressOf(east), port);
}, minutes(4));

afterAll(async () => {
  await Promise.all(interceptors.map((interceptor) => interceptor.stop()));
  await load?.finish().catch(() => undefined);
  await Promise.all(clusters.map(clear));
  await carryon.remove(name);
}, minutes(3));

describe('a Deployment that moves to another cluster of Kubernetes', () => {
  it('stays where it is, and leaves nothing there, when its pod cannot run there', async () => {
    // Its Secret is each cluster's own, and this one has none.
    await apply(west, settings[0] as object);
    await carryon.must('exec', name, 'redis-cli', 'SET', 'kept', 'in memory');
    expect(await carryon.tryToMigrate(name, { to: west })).toMatchObject({ exitCode: 4, message: expect.stringContaining('secret "along-secret" not found') });
    // A volume stays as long as a pod that ends has it.
    await eventually('nothing of it there', async () => (await leftAt(west)) === '', minutes(1));
    expect(await carryon.must('exec', name, 'redis-cli', 'GET', 'kept')).toBe('in memory');
    expect((await deployed(east)).metadata.annotations).not.toHaveProperty('carryon.io/away');
  }, minutes(4));

  it('is a Deployment there, with its volume, its Service and its clients', async () => {
    await apply(west, settings[1] as object);
    await carryon.must('exec', name, 'sh', '-c', 'echo file > /data/file');
    const place = { host: addressOf(east), port };
    load = await RedisLoad.start({ ...place, connections: 4, keys: await fillRedis(place.host, place.port, 64) });
    expectCommitted(await carryon.migrate(name, { to: west, relayFor: '1h' }), { name, from: east, to: west });
    await expectUnharmedAndAlive(load);
    const [here, there] = [await deployed(east), await deployed(west)];
    expect(there.spec).toEqual(here.spec);
    expect(there.metadata.labels).toEqual(here.metadata.labels);
    expect(Object.keys(there.metadata.annotations ?? {}).filter((key) => key.includes('carryon'))).toEqual([]);
    expect(await pods(west)).toHaveLength(1);
    expect(await carryon.must('exec', name, 'cat', '/data/file', '/settings/greeting')).toBe('file\nhello');
    const client = new Redis(port, addressOf(west));
    expect(await client.get('kept')).toBe('in memory');
    client.disconnect();
  }, minutes(4));

  it('is applied there as ever, and moves home', async () => {
    const [before] = await pods(west);
    await apply(west, ...given);
    expect(await pods(west)).toEqual([before]);
    expectUnharmed(await load!.finish());
    load = undefined;
    expectCommitted(await carryon.migrate(name, { to: east }), { name, from: west, to: east });
    expect(await carryon.must('exec', name, 'redis-cli', 'GET', 'kept')).toBe('in memory');
    expect(JSON.parse((await deployed(west)).metadata.annotations?.['carryon.io/away'] ?? '{}')).toMatchObject({ name });
    await eventually('no pod at the cluster that it has left', async () => (await pods(west)).length === 0, minutes(1));
  }, minutes(4));

  it('does not come back while no interceptor would keep a second copy from beginning', async () => {
    const refusal = { exitCode: 3, code: 'interceptor-missing', message: expect.stringContaining('Deployment along') };
    await interceptors[1]?.kill();
    expect(await carryon.tryToMigrate(name, { to: west })).toMatchObject(refusal);
    await interceptors[1]?.stop();
    expect(await carryon.tryToMigrate(name, { to: west })).toMatchObject(refusal);
    expect(await pods(west)).toEqual([]);
    expect(await carryon.must('exec', name, 'redis-cli', 'GET', 'kept')).toBe('in memory');
    interceptors[1] = await startInterceptor(west);
  }, minutes(3));

  it('comes back as the same Deployment, whose changes are rolled out', async () => {
    expectCommitted(await carryon.migrate(name, { to: west }), { name, from: east, to: west });
    expect(await carryon.must('exec', name, 'redis-cli', 'GET', 'kept')).toBe('in memory');
    await kubectl(west, 'rollout', 'restart', `deployment/${name}`);
    await kubectl(west, 'rollout', 'status', `deployment/${name}`, '--timeout=120s');
    await eventually('its empty memory', async () => (await carryon.cli('exec', name, 'redis-cli', 'EXISTS', 'kept')).stdout.trim() === '0', minutes(1));
  }, minutes(6));
});
