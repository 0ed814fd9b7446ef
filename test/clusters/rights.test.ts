import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { parseConfig } from '../../clients/config';
import { createOrchestrator } from '../../clients/orchestrators';
import type { Orchestrator } from '../../domain/orchestrator';
import type { OuterSpec } from '../../domain/service';
import { addressOf, kubeconfigOf, kubectl, repository } from '../e2e/support/clusters';
import { minutes } from '../e2e/support/settings';
import { spec } from '../fakes/facts';
import { east } from './support/settings';

interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}

const namespace = 'rights';
const outer: OuterSpec = spec({ id: '6b6f4c1e-0000-4000-8000-000000000001', name: 'rights', restart: 'always', ports: [{ host: 8080, container: 8080, protocol: 'tcp' }], volumes: [{ name: 'files', path: '/files' }] });
let directory: string;
let rules: Rule[];
let orchestrator: Orchestrator;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'rights-'));
  rules = (parse(await readFile(path.join(repository, 'deploy/kubernetes/role.yaml'), 'utf8')) as { rules: Rule[] }).rules;
  // A run that was cut off may have left it.
  await kubectl(east, 'delete', 'namespace', namespace, '--ignore-not-found');
  await kubectl(east, 'create', 'namespace', namespace);
  await kubectl(east, '--namespace', namespace, 'create', 'serviceaccount', 'carryon');
  await grant(rules);
  await kubectl(east, '--namespace', namespace, 'create', 'rolebinding', 'carryon-coordinator', '--role', 'carryon-coordinator', '--serviceaccount', `${namespace}:carryon`);
  orchestrator = await asServiceAccount();
}, minutes(2));

afterAll(async () => {
  await kubectl(east, 'delete', 'namespace', namespace);
  await rm(directory, { recursive: true });
}, minutes(2));

async function grant(granted: Rule[]): Promise<void> {
  const file = path.join(directory, 'role.yaml');
  await writeFile(file, stringify({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'carryon-coordinator' }, rules: granted }));
  await kubectl(east, '--namespace', namespace, 'apply', '--filename', file);
}

/** Another kubeconfig for the same API server, with a token of the account. */
async function asServiceAccount(): Promise<Orchestrator> {
  const kubeconfig = parse(await readFile(kubeconfigOf(east), 'utf8')) as { users: { user: unknown }[] };
  const token = await kubectl(east, '--namespace', namespace, 'create', 'token', 'carryon');
  for (const user of kubeconfig.users) user.user = { token };
  await writeFile(path.join(directory, 'kubeconfig'), stringify(kubeconfig), { mode: 0o600 });
  const text = stringify({ stateDir: 'state', clusters: [{ id: east, reach: { host: addressOf(east) }, kubernetes: { kubeconfig: 'kubeconfig', namespace } }] });
  const { clusters, stateDir } = parseConfig(text, path.join(directory, 'carryon.yaml'));
  if (!clusters[0]) throw new Error('no cluster');
  return createOrchestrator(clusters[0], { stateDir });
}

/** All that coordinators and local commands ask of a cluster, with an engine that answers in between. */
async function everything(): Promise<void> {
  await orchestrator.host();
  await orchestrator.portsInUse();
  await orchestrator.deploy(outer);
  await orchestrator.stop(outer.id, 5_000);
  await orchestrator.deploy(outer);
  await orchestrator.remove(outer.id, { volumes: true });
  const alone: OuterSpec = { ...outer, restart: 'no', volumes: [] };
  await orchestrator.deploy(alone);
  await orchestrator.remove(alone.id, { volumes: true });
}

/** As the account can no more, the administrator does. */
async function tidy(): Promise<void> {
  await kubectl(east, '--namespace', namespace, 'delete', 'statefulsets,pods,services,persistentvolumeclaims', '--all', '--grace-period', '1');
}

describe('the rights that docs/KUBERNETES.md lists', () => {
  it('are enough', async () => {
    await everything();
    expect(await orchestrator.list()).toEqual([]);
  }, minutes(3));

  const ones = [
    ['pods', 'get'], ['pods', 'list'], ['pods', 'watch'], ['pods', 'create'], ['pods', 'patch'], ['pods', 'delete'],
    ['pods/log', 'get'], ['pods/exec', 'get'], ['statefulsets', 'get'], ['statefulsets', 'list'], ['statefulsets', 'create'], ['statefulsets', 'patch'], ['statefulsets', 'delete'], ['statefulsets/scale', 'patch'],
    ['services', 'get'], ['services', 'list'], ['services', 'create'], ['services', 'patch'],
    ['persistentvolumeclaims', 'get'], ['persistentvolumeclaims', 'list'], ['persistentvolumeclaims', 'create'], ['persistentvolumeclaims', 'patch'], ['persistentvolumeclaims', 'delete'],
  ] as const;

  it('are these, and one for exec that newer API servers ask for', () => {
    const listed = rules.flatMap(({ resources, verbs }) => resources.flatMap((resource) => verbs.map((verb) => `${resource} ${verb}`)));
    expect(listed.sort()).toEqual([...ones.map((one) => one.join(' ')), 'pods/exec create'].sort());
  });

  it.each(ones)('are all needed: %s %s', async (resource, verb) => {
    const less = rules.map((rule) => (rule.resources.includes(resource) ? { ...rule, verbs: rule.verbs.filter((other) => other !== verb) } : rule));
    await grant(less.filter(({ verbs }) => verbs.length > 0));
    await expect(everything()).rejects.toMatchObject({ code: resource === 'pods/exec' ? 'exec-failed' : 'kubernetes-forbidden', cluster: east });
    await tidy();
  }, minutes(3));
});
