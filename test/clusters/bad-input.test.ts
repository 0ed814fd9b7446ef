import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { eventually } from '../e2e/support/await';
import { Carryon } from '../e2e/support/carryon';
import { addressOf, dockerHost, kubeconfigOf, kubectl, repository } from '../e2e/support/clusters';
import { minutes } from '../e2e/support/settings';
import { apply } from './support/apply';
import { conditionOf, ended, eventsOf, make, read } from './support/migrations';
import { Operator } from './support/operator';
import { ServiceAccount } from './support/service-account';
import { daemon, east, west } from './support/settings';

const source = 'bay';
const name = 'unwelcome';
const huge = 'unwelcome-huge';

/** Destinations that cannot have the service, each a namespace of the same Kubernetes: what is wrong there, and what is said of it. */
const destinations = {
  'no-pods': { objects: [quota({ pods: '0' })], reason: 'quota-exceeded', words: 'exceeded quota: few' },
  'no-volumes': { objects: [quota({ persistentvolumeclaims: '0' })], reason: 'quota-exceeded', words: 'exceeded quota: few' },
  'no-class': { kubernetes: { storageClass: 'nowhere', startTimeout: '8s' }, reason: 'unschedulable', words: 'unbound immediate PersistentVolumeClaims' },
  'no-image': { cluster: { runtimeImage: '127.0.0.1:1/carryon-runtime:none' }, reason: 'image-not-pullable', words: '127.0.0.1:1/carryon-runtime:none' },
  'no-room': { kubernetes: { startTimeout: '8s' }, service: huge, reason: 'unschedulable', words: 'Insufficient memory' },
  'no-privilege': { labels: ['pod-security.kubernetes.io/enforce=baseline'], reason: 'pod-security', words: 'violates PodSecurity "baseline:latest"' },
  'no-webhook': { objects: [brokenWebhook('no-webhook')], reason: 'webhook-failed', words: 'failed calling webhook "broken.example.org"' },
  'no-right': { without: ['persistentvolumeclaims', 'create'], reason: 'kubernetes-forbidden', words: 'cannot create resource "persistentvolumeclaims"' },
} satisfies Record<string, Destination>;

interface Destination {
  /** In its namespace. */
  objects?: object[];
  labels?: string[];
  kubernetes?: object;
  cluster?: object;
  /** A right that its coordinator has not. */
  without?: [resource: string, verb: string];
  service?: string;
  reason: string;
  words: string;
}

function quota(hard: Record<string, string>): object {
  return { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'few' }, spec: { hard } };
}

/** Asked when a volume is made, where nobody answers. */
function brokenWebhook(namespace: string): object {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'broken' },
    webhooks: [{
      name: 'broken.example.org', failurePolicy: 'Fail', sideEffects: 'None', admissionReviewVersions: ['v1'], timeoutSeconds: 1,
      clientConfig: { url: 'https://127.0.0.1:1/' },
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
      rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['persistentvolumeclaims'] }],
    }],
  };
}

const all: [string, Destination][] = Object.entries(destinations);
let directory: string;
let carryon: Carryon;
let operator: Operator;

async function prepare([id, { objects = [], labels = [], kubernetes, cluster, without }]: [string, Destination]): Promise<object> {
  await kubectl(west, 'delete', 'namespace', id, '--ignore-not-found');
  await kubectl(west, 'create', 'namespace', id);
  for (const label of labels) await kubectl(west, 'label', 'namespace', id, label);
  if (objects.length > 0) await apply(west, ...objects.map((object) => ('spec' in object ? { ...object, metadata: { name: 'few', namespace: id } } : object)));
  let kubeconfig = kubeconfigOf(west);
  if (without) {
    const own = path.join(directory, id);
    await mkdir(own);
    const account = await ServiceAccount.make(west, id, 'role.yaml', own);
    await account.grantAllBut(...without);
    kubeconfig = await account.kubeconfig();
  }
  return { id, reach: { host: addressOf(west) }, ...cluster, kubernetes: { kubeconfig, namespace: id, ...kubernetes } };
}

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'bad-input-'));
  const clusters = [
    { id: source, docker: { host: dockerHost(daemon) }, reach: { host: addressOf(daemon) }, ports: { engine: '17600-17699' } },
    ...(await Promise.all(all.map(prepare))),
  ];
  const common = { temporal: { address: '127.0.0.1:17433', uiPort: 18433 }, stateDir: 'state' };
  const file = path.join(directory, 'carryon.yaml');
  await writeFile(file, stringify({ ...common, clusters }));
  carryon = new Carryon(file, [source]);
  await carryon.must('up', '--detach');
  await mkdir(path.join(directory, 'operator'));
  const ofOperator = path.join(directory, 'operator/carryon.yaml');
  await writeFile(ofOperator, stringify({ ...common, clusters: [{ id: east, reach: { host: addressOf(east) }, kubernetes: { kubeconfig: kubeconfigOf(east) } }] }));
  await kubectl(east, 'apply', '--filename', path.join(repository, 'deploy/kubernetes/crd-migration.yaml'));
  await kubectl(east, 'wait', '--for=condition=Established', 'crd/migrations.carryon.io');
  operator = await Operator.started(ofOperator);
  const redis = { cluster: source, image: 'carryon-workload-redis', restart: 'always' };
  for (const one of [name, huge]) await carryon.remove(one);
  await carryon.run({ ...redis, name, ports: ['6390:6379'], volumes: ['unwelcome-files:/files'] });
  await carryon.run({ ...redis, name: huge, ports: ['6391:6379'], memory: '900g' });
  for (const one of [name, huge]) await eventually(`an answer of ${one}`, async () => (await carryon.cli('exec', one, 'redis-cli', 'SET', 'kept', 'in memory')).exitCode === 0);
}, minutes(4));

afterAll(async () => {
  await kubectl(east, 'delete', 'migrations', '--all').catch(() => undefined);
  await operator.end('SIGTERM');
  for (const one of [name, huge]) await carryon.remove(one);
  await carryon.must('down');
  await kubectl(west, 'delete', 'validatingwebhookconfiguration', 'broken', '--ignore-not-found');
  await kubectl(west, 'delete', 'namespace', '--wait=false', ...all.map(([id]) => id));
  await rm(directory, { recursive: true });
}, minutes(3));

/** Where it runs, and as which outer container. */
const traces = async (service: string) => (await carryon.sightings(service)).map(({ cluster, id, state, journal }) => ({ cluster, id, state, journal }));
const left = (namespace: string) => kubectl(west, '--namespace', namespace, 'get', 'statefulsets,pods,services,persistentvolumeclaims', '--output', 'name');

describe('a destination that cannot have the service', () => {
  it.each(all)('%s: says why in a condition and an event, keeps nothing of it, and the service does not notice', async (id, { service = name, reason, words }) => {
    const before = await traces(service);
    await make(id, { service, destination: id });
    const status = await ended(id);
    expect(['refused', 'rolled-back']).toContain(status.outcome);
    expect(conditionOf(status, 'Completed')).toMatchObject({ status: 'False', reason, message: expect.stringContaining(words) });
    const object = await read(id);
    await eventually('its event', async () => (await eventsOf(object)).some((event) => event.type === 'Warning' && event.note.includes(words)));
    await eventually('nothing of it there', async () => (await left(id)) === '', minutes(1));
    expect(await traces(service)).toEqual(before);
    expect(await carryon.must('exec', service, 'redis-cli', 'GET', 'kept')).toBe('in memory');
  }, minutes(2));
});
