import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../e2e/support/await';
import { kubeconfigOf, kubectl, repository } from '../e2e/support/clusters';
import { minutes } from '../e2e/support/settings';
import { apply, deployment } from './support/apply';
import { Operator, operatorConfiguration } from './support/operator';
import { startInterceptor } from './support/running-interceptor';
import { daemon, east } from './support/settings';
import { carryon } from './support/shared';

const name = 'healing';
const redis = ['redis-server', '--save', '', '--protected-mode', 'no'];
let interceptor: { stop: () => Promise<void> };
let operator: Operator;
let directory: string;

beforeAll(async () => {
  interceptor = await startInterceptor(east);
  directory = await mkdtemp(path.join(tmpdir(), 'healing-'));
  await kubectl(east, 'apply', '--filename', path.join(repository, 'deploy/kubernetes/crd-migration.yaml'));
  await kubectl(east, 'wait', '--for=condition=Established', 'crd/migrations.carryon.io');
  operator = await Operator.started(await operatorConfiguration(directory, kubeconfigOf(east)));
}, minutes(2));
afterEach(async () => {
  await kubectl(east, 'delete', 'deployment', name, '--ignore-not-found', '--wait');
  await eventually('no pod of it', async () => (await ask('{.items[*].metadata.name}')) === '', minutes(1));
  await carryon.remove(name);
}, minutes(3));
afterAll(async () => {
  await interceptor.stop();
  await operator.end('SIGTERM');
  await rm(directory, { recursive: true });
}, minutes(1));

const ask = (field: string) => kubectl(east, 'get', 'pods', '--selector', `app=${name}`, '--output', `jsonpath=${field}`);
const restarts = () => ask('{.items[0].status.containerStatuses[0].restartCount}');
const lastEnd = (field: string) => ask(`{.items[0].status.containerStatuses[0].lastState.terminated.${field}}`);
const answers = () => eventually('its answer', async () => (await carryon.cli('exec', name, 'redis-cli', 'PING')).stdout.trim() === 'PONG', minutes(1));

async function deployed(container: Parameters<typeof deployment>[1]): Promise<void> {
  await apply(east, deployment(name, container));
  await eventually('its pod', async () => (await ask('{.items[0].status.phase}').catch(() => '')) === 'Running', minutes(2));
}

/** What became of the migration that was started. */
async function ended(): Promise<string> {
  await eventually('the end of the migration', async () => (await carryon.status(name)).status !== 'RUNNING', minutes(3));
  return (await carryon.status(name)).report?.outcome ?? 'no report';
}

/** The application's own process, as a fault would end it. */
const kill = () => carryon.cli('exec', name, 'sh', '-c', 'kill -9 1001');

describe('an application that ends in the pod of a user', () => {
  it.each([
    // Kubelet makes one dollar of two.
    ['kill -9 $$$$', '137', ''],
    ['exit 3', '3', ''],
    ['tail /dev/zero & wait $!; exit $?', '137', 'OOMKilled'],
  ])('by "%s" is seen in the pod with code %s, and is started again', async (end, code, word) => {
    await deployed({ command: ['sh', '-c', `echo begins; sleep 3; ${end}`], resources: { limits: { memory: '64Mi' } } });
    await eventually('the next start', async () => Number(await restarts()) >= 1, minutes(2));
    expect(await lastEnd('exitCode')).toBe(code);
    expect(await lastEnd('message')).toContain(word);
    if (word === 'OOMKilled') await eventually('its event', async () => (await kubectl(east, 'events', '--for', `pod/${await ask('{.items[0].metadata.name}')}`)).includes('OOMKilled'));
    await eventually('its first line once more', async () => (await kubectl(east, 'logs', `deployment/${name}`, '--container', 'main').catch(() => '')).trim() === 'begins', minutes(1));
  }, minutes(5));

  it('comes back when it is killed', async () => {
    await deployed({ command: redis, livenessProbe: { exec: { command: ['redis-cli', 'ping'] }, periodSeconds: 2, initialDelaySeconds: 5 } });
    await answers();
    expect(await restarts()).toBe('0');
    await kill();
    await eventually('the next start', async () => (await restarts()) === '1', minutes(1));
    expect(await lastEnd('exitCode')).toBe('137');
    await answers();
  }, minutes(5));

  it('is moved as it is, though probes run and fail while it is frozen', async () => {
    await deployed({
      command: [...redis, '--enable-debug-command', 'yes'],
      // One runs nearly always, and the other fails as soon as the service stands still.
      readinessProbe: { exec: { command: ['sh', '-c', 'sleep 1; redis-cli ping'] }, periodSeconds: 1, timeoutSeconds: 10 },
      livenessProbe: { tcpSocket: { port: 6379 }, periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 2 },
      ports: [{ containerPort: 6379 }],
    });
    await answers();
    await carryon.must('exec', name, 'redis-cli', 'DEBUG', 'POPULATE', '1500000', 'key', '500');
    const run = () => carryon.must('exec', name, 'sh', '-c', 'redis-cli INFO server | grep run_id');
    const before = await run();
    expect(await restarts()).toBe('0');
    // Looked for all the time: without clients the relay is soon retired, and its pod with it.
    const shown = eventually('the end of what shows it', async () => (await restarts()) === '1', minutes(2));
    const [{ outcome }] = await Promise.all([carryon.migrate(name, { to: daemon, strategy: 'stop-and-copy', relayFor: '1h' }), shown]);
    expect(outcome).toBe('committed');
    expect(await run()).toBe(before);
    expect(await carryon.must('exec', name, 'redis-cli', 'DBSIZE')).toContain('1500000');
  }, minutes(5));

  it('is started again where it was when that happens while it is about to leave', async () => {
    await deployed({ command: redis });
    await answers();
    await carryon.startMigration(name, { to: daemon });
    await eventually('its ticket', async () => (await carryon.sightings(name)).some(({ cluster, journal }) => cluster === east && journal === 'armedS'), minutes(1));
    await kubectl(east, 'exec', `deployment/${name}`, '--container', 'carryon', '--', 'sh', '-c', 'kill -9 $(pidof redis-server)');
    expect(await ended()).toBe('rolled-back');
    await eventually('the next start', async () => (await restarts()) === '1', minutes(1));
    await answers();
    expect(await carryon.sightings(name)).toMatchObject([{ cluster: east, state: 'running' }]);
    expect(await kubectl(east, 'get', 'deployment', name, '--output', 'jsonpath={.metadata.annotations.carryon\\.io/away}')).toBe('');
  }, minutes(6));

  it('is begun afresh by its Deployment, and only there, when its pod is removed while it is about to leave', async () => {
    await deployed({ command: redis });
    await answers();
    const before = await ask('{.items[0].metadata.name}');
    await carryon.startMigration(name, { to: daemon });
    await eventually('its ticket', async () => (await carryon.sightings(name)).some(({ cluster, journal }) => cluster === east && journal === 'armedS'), minutes(1));
    await kubectl(east, 'delete', 'pod', before, '--grace-period', '1');
    // Whoever was first: the commit, or the removal.
    if ((await ended()) === 'committed') {
      expect(await carryon.sightings(name)).toMatchObject([{ cluster: daemon, state: 'running' }]);
    } else {
      await answers();
      expect(await ask('{.items[0].metadata.name}')).not.toBe(before);
      expect(await carryon.sightings(name)).toMatchObject([{ cluster: east, state: 'running' }]);
    }
  }, minutes(6));
});
