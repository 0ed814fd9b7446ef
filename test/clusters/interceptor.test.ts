import { mkdtemp, rm } from 'node:fs/promises';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { json } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { AdmissionregistrationV1Api, CoreV1Api, PatchStrategy, setHeaderOptions, type V1Pod } from '@kubernetes/client-node';
import { execa } from 'execa';
import { pino } from 'pino';
import { parseAllDocuments } from 'yaml';
import { issueServing, type ServingCertificate } from '../../clients/authority/serving';
import type { KubernetesCluster } from '../../clients/config';
import { startInterceptor, type Interceptor } from '../../interceptor/start';
import { eventually } from '../e2e/support/await';
import { kubectl, repository } from '../e2e/support/clusters';
import { minutes } from '../e2e/support/settings';
import { administrator, apply, byTurns, configurationOf, faultsOf, manifests, nowhere, template, thisMachine } from './support/interceptor';
import { east } from './support/settings';

const services = 'intercepted';
const own = 'interceptor';
const registration = `carryon-interceptor-${east}`;
const log = pino({ level: 'silent' });
const away = { service: '7c9e6679-7425-40de-944b-e07fc1f90ae7', name: 'shop' };
let directory: string;
let config: KubernetesCluster;
let file: string;
let core: CoreV1Api;
let admission: AdmissionregistrationV1Api;
let running: Interceptor | undefined;
let balancer: Awaited<ReturnType<typeof byTurns>>;
let ports: number[] = [];

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'interceptor-'));
  const kubeconfig = administrator(east);
  [core, admission] = [kubeconfig.makeApiClient(CoreV1Api), kubeconfig.makeApiClient(AdmissionregistrationV1Api)];
  await kubectl(east, 'delete', 'mutatingwebhookconfiguration', registration, '--ignore-not-found');
  for (const namespace of [services, own]) {
    await kubectl(east, 'delete', 'namespace', namespace, '--ignore-not-found');
    await kubectl(east, 'create', 'namespace', namespace);
    await kubectl(east, 'wait', '--for=create', 'serviceaccount/default', '--namespace', namespace, '--timeout=30s');
  }
  await kubectl(east, 'label', 'namespace', own, 'pod-security.kubernetes.io/enforce=restricted');
  const rights = parseAllDocuments(await manifests(east, services, own)).map((document) => document.toJS() as { kind: string });
  for (const object of rights.filter(({ kind }) => /ServiceAccount|Role/.test(kind))) expect(await apply(east, object)).toMatchObject({ failed: false });
  ({ config, file } = await configurationOf(directory, east, services, own));
  balancer = await byTurns(() => ports);
  running = await start();
  ports = [running.port];
  await running.ready;
}, minutes(3));

afterAll(async () => {
  await running?.stop();
  balancer.stop();
  await kubectl(east, 'delete', 'mutatingwebhookconfiguration', registration, '--ignore-not-found');
  await kubectl(east, 'delete', 'clusterrole,clusterrolebinding', registration);
  await kubectl(east, 'delete', 'namespace', services, own);
  await rm(directory, { recursive: true });
}, minutes(3));

/** What could make new pods goes with them. */
afterEach(async () => {
  await kubectl(east, '--namespace', services, 'delete', 'deployments,statefulsets,daemonsets,jobs,pods', '--all', '--grace-period', '1', '--wait=false');
}, minutes(1));

const start = (more: { lifetimeMs?: number; intervalMs?: number } = {}) =>
  startInterceptor({ config, address: { url: `https://${thisMachine}:${balancer.port}/` }, listen: { host: '127.0.0.1', port: 0 }, log, intervalMs: 1_000, ...more });

const podsOf = async (app: string, namespace = services): Promise<V1Pod[]> => (await core.listNamespacedPod({ namespace, labelSelector: `app=${app}` })).items.filter(({ metadata }) => !metadata?.deletionTimestamp);
const firstOf = (app: string) => eventually(`a pod of ${app}`, async () => (await podsOf(app))[0]);
const deployment = (app: string, pod: ReturnType<typeof template>, more: Record<string, unknown> = {}) => ({
  apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: app, namespace: services, ...more }, spec: { selector: { matchLabels: { app } }, template: pod },
});
const podNamed = (name: string, pod = template(name)) => ({ apiVersion: 'v1', kind: 'Pod', ...pod, metadata: { ...pod.metadata, name, namespace: services } });
const must = async (object: unknown) => expect(await apply(east, object)).toMatchObject({ failed: false, stderr: '' });
const outerOf = ({ metadata }: V1Pod) => JSON.parse(metadata?.annotations?.['carryon.io/spec'] ?? '') as { id: string; name: string; restart: string };
const isStandIn = ({ spec }: V1Pod) => spec?.initContainers?.at(-1)?.env?.some(({ name, value }) => name === 'CARRYON_STAND_IN' && value === '1') === true;
const eventOf = (app: string, words: string) =>
  eventually(`an event with "${words}"`, async () => (await core.listNamespacedEvent({ namespace: services })).items.find(({ involvedObject, message }) => involvedObject.name?.startsWith(app) && message?.includes(words)));

describe('a labelled pod is rewritten, and named after what made it:', () => {
  it("a Deployment's", async () => {
    await must(deployment('web', template('web')));
    const pod = await firstOf('web');
    expect(faultsOf(pod)).toEqual([]);
    expect(outerOf(pod)).toMatchObject({ name: 'web', restart: 'always' });
    expect(isStandIn(pod)).toBe(false);
  });

  it("a StatefulSet's, each by its own name", async () => {
    await must({ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'db', namespace: services }, spec: { replicas: 2, podManagementPolicy: 'Parallel', serviceName: 'db', selector: { matchLabels: { app: 'db' } }, template: template('db') } });
    const pods = await eventually('two pods', async () => ((await podsOf('db')).length === 2 ? podsOf('db') : undefined));
    expect(pods.flatMap((pod) => faultsOf(pod))).toEqual([]);
    expect(pods.map((pod) => outerOf(pod).name).sort()).toEqual(['db-0', 'db-1']);
    expect(new Set(pods.map((pod) => outerOf(pod).id)).size).toBe(2);
  });

  it("a Job's", async () => {
    const pod = template('batch');
    await must({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'batch', namespace: services }, spec: { template: { ...pod, spec: { ...pod.spec, restartPolicy: 'OnFailure' } } } });
    const made = await firstOf('batch');
    expect(faultsOf(made)).toEqual([]);
    expect(outerOf(made)).toMatchObject({ name: 'batch', restart: 'on-failure' });
  });

  it('one of its own', async () => {
    await must(podNamed('alone'));
    const pod = await firstOf('alone');
    expect(faultsOf(pod)).toEqual([]);
    expect(outerOf(pod).name).toBe('alone');
  });
});

describe('untouched is', () => {
  it.each([
    ['a pod without the label', services, { app: 'plain' }],
    ['one with the label in another namespace', 'default', { app: 'plain', 'carryon.io/migratable': 'true' }],
    ['one with the label in kube-system', 'kube-system', { app: 'plain', 'carryon.io/migratable': 'true' }],
  ])('%s', async (_, namespace, labels) => {
    const { metadata, spec } = await core.createNamespacedPod({ namespace, body: { metadata: { generateName: 'plain-', labels }, spec: { ...nowhere, containers: [{ name: 'app', image: 'example.org/web:1' }] } } });
    expect(metadata?.labels).toEqual(labels);
    expect(metadata?.annotations).toBeUndefined();
    expect([spec?.initContainers, spec?.containers.length, spec?.containers[0]?.command]).toEqual([undefined, 1, undefined]);
    await core.deleteNamespacedPod({ name: metadata?.name ?? '', namespace, gracePeriodSeconds: 1 });
  });
});

describe('what cannot be kept', () => {
  it('is refused by kubectl apply, with the path of each field', async () => {
    const { failed, stderr } = await apply(east, podNamed('bad', template('bad', { tty: true, securityContext: { privileged: true } })));
    expect(failed).toBe(true);
    expect(stderr).toContain('spec.containers[0].tty: ');
    expect(stderr).toContain('spec.containers[0].securityContext.privileged: ');
    expect(await podsOf('bad')).toEqual([]);
  });

  it("is told by the events of a Deployment's ReplicaSet", async () => {
    await must(deployment('bad-web', template('bad-web', { command: undefined })));
    const { message } = await eventOf('bad-web', 'spec.containers[0].command: ');
    expect(message).toContain('carryon.io/entrypoint');
  });

  it('is a DaemonSet, whose next pod would begin the service once more', async () => {
    await must({ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'every', namespace: services }, spec: { selector: { matchLabels: { app: 'every' } }, template: { ...template('every'), spec: { containers: template('every').spec.containers } } } });
    await eventOf('every', 'metadata.ownerReferences: carryon cannot move what a DaemonSet (every) has made');
  });
});

describe('while a service is elsewhere', () => {
  const annotations = { 'carryon.io/away': JSON.stringify(away) };

  it('a pod of its Deployment stands in for it, and none does afterwards', async () => {
    await must(deployment('shop', template('shop'), { annotations }));
    const pod = await firstOf('shop');
    expect(faultsOf(pod, 'stand-in')).toEqual([]);
    expect([outerOf(pod), isStandIn(pod)]).toEqual([expect.objectContaining({ id: away.service, name: away.name }), true]);
    await kubectl(east, '--namespace', services, 'annotate', 'deployment', 'shop', 'carryon.io/away-');
    await kubectl(east, '--namespace', services, 'delete', 'pod', pod.metadata?.name ?? '', '--grace-period=1');
    const next = await firstOf('shop');
    expect(outerOf(next)).toMatchObject({ name: 'shop' });
    expect([outerOf(next).id === away.service, isStandIn(next)]).toEqual([false, false]);
  });

  it('the one pod of its StatefulSet does that has its number', async () => {
    await must({ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'shops', namespace: services, annotations: { 'carryon.io/away': JSON.stringify({ ...away, index: 1 }) } }, spec: { replicas: 2, podManagementPolicy: 'Parallel', serviceName: 'shops', selector: { matchLabels: { app: 'shops' } }, template: template('shops') } });
    const pods = await eventually('two pods', async () => ((await podsOf('shops')).length === 2 ? podsOf('shops') : undefined));
    expect(Object.fromEntries(pods.map((pod) => [pod.metadata?.name, [isStandIn(pod), outerOf(pod).id === away.service]]))).toEqual({ 'shops-0': [false, false], 'shops-1': [true, true] });
  });

  it('a record that cannot be read lets no pod be made', async () => {
    await must(deployment('broken', template('broken'), { annotations: { 'carryon.io/away': 'yes' } }));
    await eventOf('broken', 'The annotation carryon.io/away of the Deployment broken cannot be read');
    expect(await podsOf('broken')).toEqual([]);
  });
});

describe('a pod that is seen again', () => {
  it('after a rollout is rewritten once', async () => {
    await must(deployment('rolled', template('rolled')));
    const first = await firstOf('rolled');
    await kubectl(east, '--namespace', services, 'rollout', 'restart', 'deployment/rolled');
    const pods = await eventually('a second pod', async () => ((await podsOf('rolled')).length === 2 ? podsOf('rolled') : undefined));
    expect(pods.flatMap((pod) => faultsOf(pod))).toEqual([]);
    expect(new Set(pods.map((pod) => outerOf(pod).id)).size).toBe(2);
    expect(pods.map(({ metadata }) => metadata?.name)).toContain(first.metadata?.name);
  });

  it('as a copy of one that is there is another service', async () => {
    await must(podNamed('original'));
    const { metadata, spec } = await firstOf('original');
    const body = { metadata: { name: 'copy', labels: { ...metadata?.labels, app: 'copy' }, annotations: metadata?.annotations }, spec };
    await core.createNamespacedPod({ namespace: services, body });
    const [original, copy] = [await firstOf('original'), await firstOf('copy')];
    expect(faultsOf(copy)).toEqual([]);
    expect(outerOf(copy).id).not.toBe(outerOf(original).id);
    expect(outerOf(copy).name).toBe('copy');
  });
});

describe('what another webhook adds afterwards', () => {
  const other = 'zz-other';
  const change = jest.fn<(pod: V1Pod) => unknown[]>();
  let certificate: ServingCertificate;
  let server: https.Server;

  beforeAll(async () => {
    certificate = await issueServing(thisMachine, minutes(60));
    server = https.createServer({ key: certificate.key, cert: certificate.cert }, (request, response) => {
      void json(request).then((body) => {
        const { uid, object } = (body as { request: { uid: string; object: V1Pod } }).request;
        const patch = Buffer.from(JSON.stringify(change(object))).toString('base64');
        response.setHeader('content-type', 'application/json').end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid, allowed: true, patchType: 'JSONPatch', patch } }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
    const url = `https://${thisMachine}:${(server.address() as AddressInfo).port}/`;
    const [ofPods] = (await admission.readMutatingWebhookConfiguration({ name: registration })).webhooks ?? [];
    const webhooks = [ofPods].flatMap((webhook) => webhook ?? []).map((webhook) => ({ ...webhook, name: 'other.example.org', objectSelector: { matchLabels: { app: 'changed' } }, clientConfig: { url, caBundle: Buffer.from(certificate.ca).toString('base64') } }));
    await admission.createMutatingWebhookConfiguration({ body: { metadata: { name: other }, webhooks } });
  });
  afterAll(async () => {
    await admission.deleteMutatingWebhookConfiguration({ name: other });
    server.closeAllConnections();
    server.close();
  });

  const unless = (done: (pod: V1Pod) => boolean | undefined, patch: (pod: V1Pod) => unknown[]) => change.mockImplementation((pod) => (done(pod) ? [] : patch(pod)));
  const create = () => core.createNamespacedPod({ namespace: services, dryRun: 'All', body: { ...template('changed'), metadata: { ...template('changed').metadata, name: 'changed' } } });

  it('is mounted where the application runs', async () => {
    unless(({ spec }) => spec?.volumes?.some(({ name }) => name === 'added'), () => [
      { op: 'add', path: '/spec/volumes/-', value: { name: 'added', secret: { secretName: 'added' } } },
      { op: 'add', path: '/spec/containers/0/volumeMounts/-', value: { name: 'added', mountPath: '/added' } },
    ]);
    // The API server needs a moment to hear of it.
    const pod = await eventually('the other webhook was asked', async () => {
      const made = await create();
      return made.spec?.volumes?.some(({ name }) => name === 'added') && made;
    });
    expect(faultsOf(pod)).toEqual([]);
    expect(pod.spec?.initContainers?.[0]?.volumeMounts).toContainEqual(expect.objectContaining({ name: 'added', mountPath: '/local-volumes/changed-added' }));
    // It saw the pod rewritten.
    expect(change.mock.calls[0]?.[0].spec?.initContainers?.[0]?.name).toBe('carryon');
  });

  it('is refused where it could not be kept', async () => {
    unless(({ spec }) => (spec?.containers.length ?? 0) > 1, () => [{ op: 'add', path: '/spec/containers/-', value: { name: 'proxy', image: 'example.org/proxy:1' } }]);
    await expect(create()).rejects.toThrow(/spec\.containers\[1\]: one container moves, and .*proxy/);
  });
});

describe('200 pods at once', () => {
  it('are all rewritten, each a service of its own', async () => {
    const create = async (app: string, metadata: V1Pod['metadata']) => {
      const begun = performance.now();
      const pods = await Promise.all(Array.from({ length: 200 }, () => core.createNamespacedPod({ namespace: services, body: { ...template(app), metadata: { ...metadata, generateName: `${app}-` } } })));
      return { pods, ms: Math.round(performance.now() - begun) };
    };
    const plain = await create('plain', { labels: { app: 'plain' } });
    const { pods, ms } = await create('many', template('many').metadata);
    expect(pods.flatMap((pod) => faultsOf(pod))).toEqual([]);
    expect(new Set(pods.map((pod) => outerOf(pod).id)).size).toBe(200);
    process.stdout.write(`200 pods at once: ${ms} ms rewritten, ${plain.ms} ms without the label\n`);
    expect(ms).toBeLessThan(60_000);
  }, minutes(3));

  it('of a Deployment as well', async () => {
    const begun = performance.now();
    await must({ ...deployment('wide', template('wide')), spec: { ...deployment('wide', template('wide')).spec, replicas: 200 } });
    const pods = await eventually('200 pods', async () => ((await podsOf('wide')).length === 200 ? podsOf('wide') : undefined), minutes(2));
    process.stdout.write(`200 replicas of a Deployment: ${Math.round(performance.now() - begun)} ms\n`);
    expect(pods.flatMap((pod) => faultsOf(pod))).toEqual([]);
    expect(new Set(pods.map((pod) => outerOf(pod).id)).size).toBe(200);
  }, minutes(4));
});

describe('the registration', () => {
  const bundleOf = async () => (await admission.readMutatingWebhookConfiguration({ name: registration })).webhooks?.[0]?.clientConfig.caBundle;
  const dryRun = () => core.createNamespacedPod({ namespace: services, dryRun: 'All', body: { ...template('dry'), metadata: { ...template('dry').metadata, name: 'dry' } } });

  it('is made again when somebody has removed it', async () => {
    await admission.deleteMutatingWebhookConfiguration({ name: registration });
    await eventually('it is back', async () => (await bundleOf()) !== undefined);
    await eventually('a pod is rewritten', async () => faultsOf(await dryRun()).length === 0);
  });

  it('is put right when somebody has changed it', async () => {
    const body = [{ op: 'replace', path: '/webhooks/0/clientConfig/caBundle', value: '' }, { op: 'replace', path: '/webhooks/0/failurePolicy', value: 'Ignore' }];
    await admission.patchMutatingWebhookConfiguration({ name: registration, body }, setHeaderOptions('Content-Type', PatchStrategy.JsonPatch));
    await eventually('it is as it was', async () => (await bundleOf()) && (await admission.readMutatingWebhookConfiguration({ name: registration })).webhooks?.[0]?.failurePolicy === 'Fail');
    await eventually('a pod is rewritten', async () => faultsOf(await dryRun()).length === 0);
  });

  it('lets two replicas renew their certificates while pods are made without a break', async () => {
    const lifetimeMs = 8_000;
    const replicas = [await start({ lifetimeMs }), await start({ lifetimeMs })];
    await Promise.all(replicas.map(({ ready }) => ready));
    await running?.stop();
    ports = replicas.map(({ port }) => port);
    const bundles = new Set<string | undefined>();
    let made = 0;
    for (const until = Date.now() + 30_000; Date.now() < until; made += 1) {
      expect(faultsOf(await dryRun())).toEqual([]);
      if (made % 10 === 0) bundles.add(await bundleOf());
    }
    process.stdout.write(`${made} pods one after the other in 30 s, ${bundles.size} bundles of certificates meanwhile\n`);
    expect(made).toBeGreaterThan(100);
    expect(bundles.size).toBeGreaterThan(6);
    // Those that have ended are gone from it.
    expect((Buffer.from((await bundleOf()) ?? '', 'base64').toString().match(/BEGIN/g) ?? []).length).toBeLessThanOrEqual(8);
    await Promise.all(replicas.map((replica) => replica.stop()));
    running = await start();
    ports = [running.port];
    await running.ready;
  }, minutes(2));

  it('keeps labelled pods out while no interceptor runs, and no others', async () => {
    await running?.stop();
    await expect(dryRun()).rejects.toThrow(/interceptor\.carryon\.io/);
    const plain = await core.createNamespacedPod({ namespace: services, dryRun: 'All', body: { ...template('plain'), metadata: { name: 'plain', labels: { app: 'plain' } } } });
    expect(plain.spec?.initContainers).toBeUndefined();
    running = await start();
    ports = [running.port];
    await running.ready;
    expect(faultsOf(await dryRun())).toEqual([]);
  }, minutes(1));

  it('is kept by `carryon interceptor` until SIGTERM ends it', async () => {
    await running?.stop();
    ports = [balancer.port + 1];
    const child = execa(process.execPath, [path.join(repository, 'bin/carryon.js'), 'interceptor', '--config', file, '--cluster', east, '--host', '127.0.0.1', '--port', String(ports[0]), '--url', `https://${thisMachine}:${balancer.port}`, '--json']);
    const ended = child.catch((error: unknown) => error);
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    expect(faultsOf(await dryRun())).toEqual([]);
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('"ready": true'), stderr: expect.stringContaining('"msg":"rewritten"') });
    running = await start();
    ports = [running.port];
    await running.ready;
  }, minutes(1));
});

describe('deploy/kubernetes/interceptor.yaml', () => {
  it('is accepted where only restricted pods are', async () => {
    const text = await manifests(east, services, own);
    expect(await apply(east, text, '--dry-run=server')).toMatchObject({ failed: false, stderr: expect.not.stringContaining('would violate') });
    const objects = parseAllDocuments(text).map((document) => document.toJS() as { kind: string; spec: { template: V1Pod } });
    const pod = objects.find(({ kind }) => kind === 'Deployment')?.spec.template;
    if (!pod) throw new Error('no Deployment');
    await core.createNamespacedPod({ namespace: own, dryRun: 'All', body: { ...pod, metadata: { ...pod.metadata, name: 'interceptor' } } });
  });
});
