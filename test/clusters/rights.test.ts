import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { parseConfig } from '../../clients/config';
import { createOrchestrator } from '../../clients/orchestrators';
import { releaseSettled } from '../../clients/orchestrators/kubernetes/budget';
import { connectKubernetes } from '../../clients/orchestrators/kubernetes/connect';
import type { KubernetesClients } from '../../clients/orchestrators/kubernetes/context';
import { bring } from '../../clients/orchestrators/kubernetes/deployed/bring';
import { takeAway } from '../../clients/orchestrators/kubernetes/deployed/take-away';
import type { Orchestrator } from '../../domain/orchestrator';
import type { OuterSpec } from '../../domain/service';
import { addressOf, kubectl } from '../e2e/support/clusters';
import { minutes } from '../e2e/support/settings';
import { rewrite } from '../../interceptor/rewrite/rewrite';
import { eventually } from '../e2e/support/await';
import { spec } from '../fakes/facts';
import { apply } from './support/apply';
import { nowhere } from './support/interceptor';
import { ServiceAccount } from './support/service-account';
import { east } from './support/settings';

const namespace = 'rights';
const outer: OuterSpec = spec({ id: '6b6f4c1e-0000-4000-8000-000000000001', name: 'rights', restart: 'always', ports: [{ host: 8080, container: 8080, protocol: 'tcp' }], volumes: [{ name: 'files', path: '/files' }] });
let directory: string;
let account: ServiceAccount;
let orchestrator: Orchestrator;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'rights-'));
  // A run that was cut off may have left it.
  await kubectl(east, 'delete', 'namespace', namespace, '--ignore-not-found');
  await kubectl(east, 'create', 'namespace', namespace);
  account = await ServiceAccount.make(east, namespace, 'role.yaml', directory);
  orchestrator = await asServiceAccount();
}, minutes(2));

afterAll(async () => {
  await kubectl(east, 'delete', 'namespace', namespace);
  await rm(directory, { recursive: true });
}, minutes(2));

let context: KubernetesClients;

async function asServiceAccount(): Promise<Orchestrator> {
  const kubeconfig = await account.kubeconfig();
  const text = stringify({ stateDir: 'state', clusters: [{ id: east, reach: { host: addressOf(east) }, kubernetes: { kubeconfig, namespace } }] });
  const { clusters, stateDir } = parseConfig(text, path.join(directory, 'carryon.yaml'));
  if (!clusters[0]) throw new Error('no cluster');
  if (!clusters[0].kubernetes) throw new Error('no cluster of Kubernetes');
  context = { ...connectKubernetes(clusters[0]), config: clusters[0], namespace };
  return createOrchestrator(clusters[0], { stateDir });
}

/** All that coordinators and local commands ask of a cluster, with an engine that answers in between. */
async function everything(): Promise<void> {
  await orchestrator.host();
  await orchestrator.portsInUse();
  await orchestrator.deploy(outer, { arrives: true });
  await releaseSettled(context, (container) => orchestrator.engine(container), Date.now() + 2 * 3_600_000);
  await orchestrator.stop(outer.id, 5_000);
  await orchestrator.deploy(outer);
  await orchestrator.remove(outer.id, { volumes: true });
  const alone: OuterSpec = { ...outer, restart: 'no', volumes: [] };
  await orchestrator.deploy(alone);
  await orchestrator.remove(alone.id, { volumes: true });
}

const deployed = { Deployment: '6b6f4c1e-0000-4000-8000-000000000002', StatefulSet: '6b6f4c1e-0000-4000-8000-000000000003', Job: '6b6f4c1e-0000-4000-8000-000000000004' } as const;

/** What a user has deployed, with pods as the interceptor makes them. They run nowhere: what is asked for is what the API says of them. */
async function deploy(): Promise<void> {
  const objects = Object.entries(deployed).map(([kind, service]) => {
    const app = `rights-${kind.toLowerCase()}`;
    const job = kind === 'Job';
    const rewriting = rewrite({ metadata: { labels: { app } }, spec: { ...nowhere, ...(job && { restartPolicy: 'Never' }), containers: [{ name: 'app', image: 'example.org/app', command: ['/app'] }] } }, { cluster: east, image: 'carryon-runtime', service, name: app });
    if (!('pod' in rewriting)) throw new Error(JSON.stringify(rewriting));
    return { apiVersion: job ? 'batch/v1' : 'apps/v1', kind, metadata: { name: app, namespace }, spec: { ...(!job && { selector: { matchLabels: { app } }, ...(kind === 'StatefulSet' && { serviceName: app }) }), template: rewriting.pod } };
  });
  await apply(east, ...objects);
  await eventually('a pod of each', async () => (await kubectl(east, '--namespace', namespace, 'get', 'pods', '--output', 'name')).split('\n').length === objects.length);
}

const awayFrom = (kind: string) => kubectl(east, '--namespace', namespace, 'get', kind, `rights-${kind.toLowerCase()}`, '--output', 'jsonpath={.metadata.annotations.carryon\\.io/away}');

/** All that is asked of those: their service leaves, or it does not, and in the end it has left. */
async function leave(): Promise<void> {
  for (const [kind, service] of Object.entries(deployed)) {
    await orchestrator.leaving(service, 2);
    // Said late, of a migration before that.
    await orchestrator.here(service, 1);
    expect(JSON.parse(await awayFrom(kind))).toMatchObject({ service, epoch: 2 });
    await orchestrator.here(service, 2);
    expect(await awayFrom(kind)).toBe('');
    await orchestrator.leaving(service, 3);
    await orchestrator.remove(service, { volumes: false });
  }
}

/** What comes with a service from elsewhere is made, and removed again. */
async function bringAlong(): Promise<void> {
  for (const [kind, service] of Object.entries(deployed)) {
    const app = `rights-${kind.toLowerCase()}`;
    const outer = spec({ id: service, name: app });
    const manifests = {
      kind,
      metadata: { name: app },
      spec: { ...(kind !== 'Job' && { selector: { matchLabels: { app } } }), ...(kind === 'StatefulSet' && { serviceName: app }), template: { metadata: { labels: { app, 'carryon.io/migratable': 'true' } }, spec: { ...nowhere, ...(kind === 'Job' && { restartPolicy: 'Never' }), containers: [{ name: 'app', image: 'example.org/app' }] } } },
      manager: { name: 'kubectl', applies: false },
      services: [{ metadata: { name: app }, spec: { selector: { app }, ports: [{ port: 80 }] } }],
      claims: [],
    };
    await bring(context, outer, JSON.stringify(manifests));
    await takeAway(context, service);
  }
}

/** As the account can no more, the administrator does. */
async function tidy(): Promise<void> {
  await kubectl(east, '--namespace', namespace, 'delete', 'deployments,statefulsets,jobs,pods,services,persistentvolumeclaims', '--all', '--grace-period', '1');
}

describe('the rights that docs/KUBERNETES.md lists', () => {
  it('are enough', async () => {
    await everything();
    expect(await orchestrator.list()).toEqual([]);
  }, minutes(3));

  it('are enough for what users have deployed, of which no pod is left then', async () => {
    await deploy();
    await leave();
    const left = async () => (await kubectl(east, '--namespace', namespace, 'get', 'pods', '--output', 'name')) === '';
    await eventually('no pod', left, minutes(1));
    expect(await kubectl(east, '--namespace', namespace, 'get', 'deployments,statefulsets', '--output', 'jsonpath={.items[*].spec.replicas}')).toBe('0 0');
    expect(await kubectl(east, '--namespace', namespace, 'get', 'jobs', '--output', 'jsonpath={.items[*].spec.suspend}')).toBe('true');
    await tidy();
  }, minutes(3));

  it('are enough for what comes along with a service, of which nothing is left when it does not arrive', async () => {
    await bringAlong();
    expect(await kubectl(east, '--namespace', namespace, 'get', 'deployments,statefulsets,jobs,services', '--output', 'name')).toBe('');
  }, minutes(1));

  const ones = [
    ['pods', 'get'], ['pods', 'list'], ['pods', 'watch'], ['pods', 'create'], ['pods', 'patch'], ['pods', 'delete'],
    ['pods/log', 'get'], ['pods/exec', 'get'], ['statefulsets', 'get'], ['statefulsets', 'list'], ['statefulsets', 'create'], ['statefulsets', 'patch'], ['statefulsets', 'delete'], ['statefulsets/scale', 'patch'],
    ['services', 'get'], ['services', 'list'], ['services', 'create'], ['services', 'patch'],
    ['poddisruptionbudgets', 'list'], ['poddisruptionbudgets', 'create'], ['poddisruptionbudgets', 'patch'], ['poddisruptionbudgets', 'delete'],
    ['persistentvolumeclaims', 'get'], ['persistentvolumeclaims', 'list'], ['persistentvolumeclaims', 'create'], ['persistentvolumeclaims', 'patch'], ['persistentvolumeclaims', 'delete'],
  ] as const;

  const onesForDeployed = [
    ['deployments', 'get'], ['deployments', 'list'], ['deployments', 'patch'], ['deployments/scale', 'patch'], ['replicasets', 'get'],
    ['jobs', 'get'], ['jobs', 'list'], ['jobs', 'patch'],
  ] as const;

  const onesForBrought = [['deployments', 'create'], ['deployments', 'delete'], ['jobs', 'create'], ['jobs', 'delete'], ['services', 'delete']] as const;

  it('are these, and one for exec that newer API servers ask for', () => {
    expect(account.rights.sort()).toEqual([...[...ones, ...onesForDeployed, ...onesForBrought].map((one) => one.join(' ')), 'pods/exec create'].sort());
  });

  it.each(ones)('are all needed: %s %s', async (resource, verb) => {
    await account.grantAllBut(resource, verb);
    await expect(everything()).rejects.toMatchObject({ code: resource === 'pods/exec' ? 'exec-failed' : 'kubernetes-forbidden', cluster: east });
    await tidy();
  }, minutes(3));

  it.each(onesForBrought)('are all needed for what comes along: %s %s', async (resource, verb) => {
    await account.grantAllBut(resource, verb);
    await expect(bringAlong()).rejects.toMatchObject({ code: 'kubernetes-forbidden', cluster: east });
    await tidy();
  }, minutes(2));

  it.each(onesForDeployed)('are all needed for what users have deployed: %s %s', async (resource, verb) => {
    await account.grantAllBut(resource, verb);
    await deploy();
    await expect(leave()).rejects.toMatchObject({ code: 'kubernetes-forbidden', cluster: east });
    await tidy();
  }, minutes(3));
});
