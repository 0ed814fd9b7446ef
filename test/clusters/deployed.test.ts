import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../e2e/support/await';
import { addressOf, kubeconfigOf, kubectl } from '../e2e/support/clusters';
import { expectCommitted, expectUnharmed, expectUnharmedAndAlive } from '../e2e/support/expectations';
import { fillRedis, RedisLoad } from '../e2e/support/load/redis';
import { awaitPort } from '../e2e/support/services';
import { minutes } from '../e2e/support/settings';
import { apply, deployment, nodePort } from './support/apply';
import { startInterceptor } from './support/running-interceptor';
import { daemon, east } from './support/settings';
import { carryon } from './support/shared';

const name = 'deployed';
const port = 30381;
const megabytes = 128;
const given = [
  deployment(
    name,
    {
      command: ['redis-server', '--save', '', '--protected-mode', 'no', '--dir', '/data', '--maxmemory', '$(MOST)'],
      env: [{ name: 'MOST', value: '300mb' }, { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }, { name: 'SECRET', valueFrom: { secretKeyRef: { name: 'deployed-secret', key: 'word' } } }],
      ports: [{ name: 'redis', containerPort: 6379 }],
      resources: { limits: { memory: '400Mi' }, requests: { cpu: '50m' } },
      readinessProbe: { tcpSocket: { port: 'redis' }, periodSeconds: 2 },
      livenessProbe: { exec: { command: ['redis-cli', 'ping'] }, periodSeconds: 3 },
      volumeMounts: [{ name: 'data', mountPath: '/data' }, { name: 'settings', mountPath: '/settings' }],
    },
    [{ name: 'data', emptyDir: {} }, { name: 'settings', configMap: { name: 'deployed-settings' } }],
  ),
  nodePort(name, 6379, port),
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'deployed-settings' }, data: { greeting: 'hello' } },
  { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'deployed-secret' }, stringData: { word: 'swordfish' } },
];

let interceptor: { stop: () => Promise<void> };
let before: { spec: unknown; node: unknown };
let load: RedisLoad;

const json = async (...args: string[]) => JSON.parse(await kubectl(east, ...args, '--output', 'json')) as { metadata: { name: string; labels: object; annotations?: Record<string, string> }; spec: unknown };
const specOf = async () => (await json('get', 'deployment', name)).spec;
const pods = async () => (await kubectl(east, 'get', 'pods', '--selector', `app=${name}`, '--output', 'jsonpath={.items[*].metadata.name}')).split(' ').filter(Boolean);
const inside = (...command: string[]) => carryon.must('exec', name, ...command);
const away = async () => (await json('get', 'deployment', name)).metadata.annotations?.['carryon.io/away'];

/** The node as its administrator has set it up: its object, and the files of its programs. */
async function nodeNow(): Promise<unknown> {
  const { metadata, spec } = await json('get', 'node', east);
  const directory = path.dirname(path.dirname(kubeconfigOf(east)));
  const files = await Promise.all(['kubelet.yaml', 'containerd.toml', 'proxy.yaml'].map((file) => readFile(path.join(directory, 'etc', file), 'utf8')));
  return { labels: metadata.labels, spec, files };
}

beforeAll(async () => {
  interceptor = await startInterceptor(east);
  const node = await nodeNow();
  await apply(east, ...given);
  before = { spec: await specOf(), node };
  await kubectl(east, 'wait', '--for=condition=Available', `deployment/${name}`, '--timeout=120s');
  await awaitPort(addressOf(east), port);
}, minutes(4));

afterAll(async () => {
  // What fails here must not be in the way of other tests.
  await interceptor.stop();
  await load?.finish().catch(() => undefined);
  await kubectl(east, 'delete', 'deployment,service,configmap,secret', name, 'deployed-settings', 'deployed-secret', '--ignore-not-found');
  await carryon.remove(name);
}, minutes(3));

describe('a Deployment that only got a label', () => {
  it('runs as its author wrote it', async () => {
    const [pod = ''] = await pods();
    expect(await inside('sh', '-c', 'echo $POD $SECRET $HOSTNAME $(hostname)')).toBe(`${pod} swordfish ${pod} ${pod}`);
    expect(await inside('cat', '/settings/greeting')).toBe('hello');
    expect(await inside('redis-cli', 'CONFIG', 'GET', 'maxmemory')).toContain(String(300 * 2 ** 20));
    expect(await kubectl(east, 'logs', `deployment/${name}`, '--container', 'main')).toContain('Ready to accept connections');
    expect(await kubectl(east, 'exec', pod, '--container', 'main', '--', '/.carryon/ambassador', 'exec', '--', 'redis-cli', 'PING')).toBe('PONG');
    expect(await carryon.sightings(name)).toMatchObject([{ cluster: east, state: 'running' }]);
  }, minutes(2));

  it('moves to Docker and leaves nothing behind that could be a second copy', async () => {
    const place = { host: addressOf(east), port };
    const keys = await fillRedis(place.host, place.port, megabytes);
    load = await RedisLoad.start({ ...place, connections: 4, keys });
    const report = await carryon.migrate(name, { to: daemon, relayFor: '1h' });
    expectCommitted(report, { name, from: east, to: daemon });
    expect(report.bytesSent).toBeGreaterThan(megabytes * 2 ** 20);
    await expectUnharmedAndAlive(load);
    expect(JSON.parse((await away()) ?? '')).toMatchObject({ name });
    // What a user does again and again.
    await apply(east, ...given);
    expect(await pods()).toHaveLength(1);
    await expectUnharmedAndAlive(load);
  }, minutes(4));

  it('comes home into the pod that relays to it', async () => {
    const [relay] = await pods();
    expectCommitted(await carryon.migrate(name, { to: east }), { name, from: daemon, to: east });
    await expectUnharmedAndAlive(load);
    expect(await pods()).toEqual([relay]);
    expect(await away()).toBeUndefined();
    expect(await inside('cat', '/settings/greeting')).toBe('hello');
  }, minutes(4));

  it('has a pod made anew that starts nothing while the service is elsewhere, and comes home into that', async () => {
    expectUnharmed(await load.finish());
    await inside('redis-cli', 'SET', 'kept', 'in memory');
    expectCommitted(await carryon.migrate(name, { to: daemon, relayFor: '1h' }), { name, to: daemon });
    const [relay = ''] = await pods();
    await kubectl(east, 'delete', 'pod', relay);
    await eventually('a pod that stands in', async () => (await kubectl(east, 'get', 'pods', '--selector', `app=${name},carryon.io/role=stand-in`, '--output', 'jsonpath={.items[*].status.phase}')) === 'Running', minutes(1));
    const [standIn = ''] = await pods();
    expect(standIn).not.toBe(relay);
    expect(await kubectl(east, 'exec', standIn, '--container', 'carryon', '--', 'sh', '-c', 'cat /proc/[0-9]*/comm')).not.toContain('redis-server');
    expectCommitted(await carryon.migrate(name, { to: east }), { name, to: east });
    expect(await pods()).toEqual([standIn]);
    expect(await inside('redis-cli', 'GET', 'kept')).toBe('in memory');
    expect(await kubectl(east, 'exec', standIn, '--container', 'carryon', '--', 'sh', '-c', 'cat /proc/[0-9]*/comm')).toContain('redis-server');
  }, minutes(5));

  it('does not come home into a pod that lacks a volume of it', async () => {
    expectCommitted(await carryon.migrate(name, { to: daemon, relayFor: '1s' }), { name, to: daemon });
    await eventually('the end of the relay', async () => (await pods()).length === 0, minutes(1));
    const renamed = JSON.parse(JSON.stringify(given[0]).replaceAll('"name":"data"', '"name":"files"')) as object;
    await apply(east, renamed);
    await eventually('another pod', async () => (await pods()).length === 1, minutes(1));
    expect(await carryon.tryToMigrate(name, { to: east })).toMatchObject({ exitCode: 3, message: expect.stringContaining('has no volume deployed-data') });
    expect(await inside('redis-cli', 'GET', 'kept')).toBe('in memory');
    const [other] = await pods();
    await apply(east, ...given);
    await eventually('a pod with its volumes alone', async () => (await pods()).length === 1 && !(await pods()).includes(other ?? ''), minutes(1));
    expectCommitted(await carryon.migrate(name, { to: east }), { name, to: east });
    expect(await inside('redis-cli', 'GET', 'kept')).toBe('in memory');
  }, minutes(6));

  it('has changed neither what its author wrote nor the node', async () => {
    expect(await specOf()).toEqual(before.spec);
    expect(await nodeNow()).toEqual(before.node);
  });

  it('begins afresh as ever when it is deployed again', async () => {
    await kubectl(east, 'rollout', 'restart', `deployment/${name}`);
    await kubectl(east, 'rollout', 'status', `deployment/${name}`, '--timeout=120s');
    await eventually('the new one alone', async () => (await pods()).length === 1, minutes(1));
    await eventually('its empty memory', async () => (await carryon.cli('exec', name, 'redis-cli', 'EXISTS', 'kept')).stdout.trim() === '0', minutes(1));
  }, minutes(4));
});
