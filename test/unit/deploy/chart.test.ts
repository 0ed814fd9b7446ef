import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { parseConfig } from '../../../clients/config';
import { enginePort, handoffPort, tunnelPort } from '../../../domain/names';
import { chart, container, helm, manifests, objects, only, pod, refusal, repository, type Manifest } from './helm';

const defaults = objects();
/** All that can be switched on. */
const full = objects({
  otherClusters: [{ id: 'edge', docker: { host: 'tcp://edge.example.org:2376', tls: { ca: '/etc/carryon-secrets/edge/ca.pem', cert: '/etc/carryon-secrets/edge/cert.pem', key: '/etc/carryon-secrets/edge/key.pem' } } }],
  remoteClusters: ['far'],
  'cluster.limits': { migrationsIn: 3, bandwidth: '50m' },
  'temporal.tls': { secretName: 'temporal-client', serverName: 'temporal.example.org' },
  'networkPolicies.engines': true,
  'coordinator.secrets': [{ name: 'edge', secretName: 'edge-docker' }],
  'image.pullSecrets': ['registry'],
  'coordinator.storage.existingClaim': 'authorities',
  'interceptor.affinity': { podAntiAffinity: {} },
  commonLabels: { team: 'moves', 'app.kubernetes.io/name': 'other' },
  'operator.podAnnotations': { note: 'x' },
});
const off = { 'interceptor.enabled': false, 'operator.enabled': false, 'coordinator.enabled': false };
const kindsOf = (all: Manifest[]) => all.map(({ kind }) => kind).sort();

const configOf = (all: Manifest[]) => parseConfig(only(all, 'ConfigMap').data?.['carryon.yaml'] ?? '', '/etc/carryon/carryon.yaml');

describe('the chart', () => {
  it('has nothing that Helm finds wrong', () => {
    expect(helm('lint', '--strict', chart)).toContain('1 chart(s) linted, 0 chart(s) failed');
  });

  it('has the version of the program', () => {
    const { version } = JSON.parse(readFileSync(path.join(repository, 'package.json'), 'utf8')) as { version: string };
    expect(parse(readFileSync(path.join(chart, 'Chart.yaml'), 'utf8'))).toMatchObject({ version, appVersion: version });
  });

  it('is what deploy/kubernetes/carryon.yaml was rendered from', () => {
    const rendered = execFileSync(path.join(repository, 'scripts/render-chart.sh'), ['--check'], { encoding: 'utf8', maxBuffer: 8 * 1024 * 1024 });
    expect(rendered).toBe(readFileSync(path.join(repository, 'deploy/kubernetes/carryon.yaml'), 'utf8'));
  });

  it('leaves out what is switched off', () => {
    expect(kindsOf(objects({ ...off, 'crd.enabled': false }))).toEqual(['ConfigMap']);
    expect(kindsOf(objects({ ...off, 'operator.enabled': true, 'rbac.create': false, 'networkPolicies.enabled': false }))).toEqual(['ConfigMap', 'CustomResourceDefinition', 'Deployment', 'ServiceAccount']);
    expect(kindsOf(objects({ 'interceptor.replicas': 1 }))).not.toContain('PodDisruptionBudget');
  });

  it('says where each namespaced object belongs', () => {
    const cluster = ['ClusterRole', 'ClusterRoleBinding', 'CustomResourceDefinition'];
    for (const { kind, metadata } of full) expect({ kind, namespace: metadata.namespace }).toEqual({ kind, namespace: cluster.includes(kind) ? undefined : expect.stringMatching(/^(carryon|services)$/) });
  });

  it('puts labels of its user on everything, which do not displace those that it selects by', () => {
    for (const { metadata, spec } of full) {
      expect(metadata.labels).toMatchObject({ team: 'moves', 'app.kubernetes.io/name': 'carryon' });
      if (spec?.template) expect(spec.template.metadata.labels).toMatchObject({ team: 'moves', ...(spec.selector as { matchLabels: Record<string, string> }).matchLabels });
    }
  });
});

describe('rights', () => {
  it.each([
    ['role.yaml', 'Role', 'carryon-coordinator'],
    ['operator-role.yaml', 'Role', 'carryon-operator'],
    ['interceptor.yaml', 'Role', 'carryon-interceptor'],
    ['interceptor.yaml', 'ClusterRole', 'carryon-interceptor-cloud'],
  ])('are those of %s (%s)', (file, kind, name) => {
    expect(only(defaults, kind, name).rules).toEqual(only(manifests(file), kind, name).rules);
  });

  it('are granted in the namespace of the services, to the accounts of the pods', () => {
    for (const part of ['interceptor', 'operator', 'coordinator']) {
      const name = `carryon-${part}`;
      expect(only(defaults, 'Role', name).metadata.namespace).toBe('services');
      expect(only(defaults, 'RoleBinding', name)).toMatchObject({ metadata: { namespace: 'services' }, roleRef: { kind: 'Role', name }, subjects: [{ kind: 'ServiceAccount', name, namespace: 'carryon' }] });
      expect(only(defaults, 'ServiceAccount', name).metadata.namespace).toBe('carryon');
      expect(pod(defaults, name).serviceAccountName).toBe(name);
    }
  });

  it('to a registration are for that of the cluster alone', () => {
    expect(only(objects({ 'cluster.id': 'east' }), 'ClusterRole', 'carryon-interceptor-east').rules).toContainEqual(expect.objectContaining({ resourceNames: ['carryon-interceptor-east'] }));
  });
});

describe('the definition of Migrations', () => {
  it('is that of crd-migration.yaml, and is kept', () => {
    const { metadata, ...definition } = only(defaults, 'CustomResourceDefinition');
    const { metadata: wanted, ...rest } = only(manifests('crd-migration.yaml'), 'CustomResourceDefinition');
    expect(definition).toEqual(rest);
    expect(metadata).toMatchObject({ ...wanted, annotations: { 'helm.sh/resource-policy': 'keep' } });
  });
});

describe('carryon.yaml', () => {
  it('is one that the program takes', () => {
    expect(configOf(defaults)).toMatchObject({ temporal: { address: 'temporal-frontend.temporal.svc:7233' }, stateDir: '/var/lib/carryon', clusters: [{ id: 'cloud', kubernetes: { namespace: 'services' } }], remoteClusters: [] });
  });

  it('has all clusters, and the files of Secrets', () => {
    const { temporal, clusters, remoteClusters } = configOf(full);
    expect(temporal.tls).toEqual({ ca: '/etc/carryon-temporal/ca.crt', cert: '/etc/carryon-temporal/tls.crt', key: '/etc/carryon-temporal/tls.key', serverName: 'temporal.example.org' });
    expect(clusters.map(({ id }) => id)).toEqual(['cloud', 'edge']);
    expect(clusters[0]?.limits).toMatchObject({ migrationsIn: 3, bandwidth: 50 * 1024 * 1024 });
    expect(remoteClusters).toEqual(['far']);
    expect(container(full, 'carryon-coordinator').volumeMounts?.map(({ mountPath }) => mountPath)).toEqual(['/etc/carryon', '/etc/carryon-temporal', '/var/lib/carryon', '/etc/carryon-secrets/edge']);
    expect(container(full, 'carryon-interceptor').volumeMounts?.map(({ mountPath }) => mountPath)).toEqual(['/etc/carryon']);
  });

  it('with another content makes other pods', () => {
    const sum = (all: Manifest[]) => only(all, 'StatefulSet').spec?.template?.metadata.annotations?.['carryon.io/config-sha256'];
    expect(sum(defaults)).toMatch(/^[0-9a-f]{64}$/);
    expect(sum(full)).not.toBe(sum(defaults));
  });
});

describe('pods', () => {
  it.each([['by default', defaults], ['with everything', full]])('have no more rights on their node than they need, %s', (_when, all) => {
    const specs = all.flatMap(({ spec }) => (spec?.template ? [spec.template.spec] : []));
    expect(specs).toHaveLength(3);
    for (const spec of specs) {
      expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } });
      expect(spec).not.toHaveProperty('hostNetwork');
      for (const { securityContext } of [...spec.containers, ...(spec.initContainers ?? [])]) {
        expect(securityContext).toEqual({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } });
      }
      for (const volume of spec.volumes ?? []) expect(volume).not.toHaveProperty('hostPath');
    }
  });

  it('of the interceptor are as in interceptor.yaml', () => {
    expect(container(defaults, 'carryon-interceptor')).toEqual(container(manifests('interceptor.yaml'), 'carryon-interceptor'));
  });

  it('of the coordinator are one, which decides about migrations or not', () => {
    expect(only(defaults, 'StatefulSet').spec).toMatchObject({ replicas: 1 });
    expect(container(defaults, 'carryon-coordinator').args).toEqual(['up']);
    expect(container(objects({ 'coordinator.workflows': false }), 'carryon-coordinator').args).toEqual(['worker', '--cluster', 'cloud']);
    expect(refusal({ 'coordinator.workflows': false, otherClusters: [{ id: 'edge' }] })).toContain('otherClusters: without coordinator.workflows');
  });

  it('of the coordinator have a volume that outlives them', () => {
    expect(only(defaults, 'PersistentVolumeClaim').metadata).toMatchObject({ name: 'carryon-coordinator', annotations: { 'helm.sh/resource-policy': 'keep' } });
    expect(pod(defaults, 'carryon-coordinator').volumes).toContainEqual({ name: 'state', persistentVolumeClaim: { claimName: 'carryon-coordinator' } });
    expect(kindsOf(full)).not.toContain('PersistentVolumeClaim');
    expect(pod(full, 'carryon-coordinator').volumes).toContainEqual({ name: 'state', persistentVolumeClaim: { claimName: 'authorities' } });
  });
});

describe('network policies', () => {
  it('let the interceptor be reached at its port, and the others at none', () => {
    const ingress = (name: string) => only(defaults, 'NetworkPolicy', name).spec?.ingress;
    expect(ingress('carryon-interceptor')).toEqual([{ ports: [{ port: 8443, protocol: 'TCP' }] }]);
    expect(ingress('carryon-operator')).toEqual([]);
    expect(ingress('carryon-coordinator')).toEqual([]);
  });

  it('do not touch the pods of services, unless that is asked for', () => {
    expect(defaults.filter(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.namespace === 'services')).toEqual([]);
    expect(only(full, 'NetworkPolicy', 'carryon-engines')).toMatchObject({
      metadata: { namespace: 'services' },
      spec: {
        podSelector: { matchExpressions: [{ key: 'carryon.io/service', operator: 'Exists' }] },
        ingress: [{ ports: [{ port: enginePort, protocol: 'TCP' }, { port: handoffPort, protocol: 'TCP' }, { port: tunnelPort, protocol: 'UDP' }] }],
      },
    });
  });
});

describe('values that cannot be meant', () => {
  it.each<[string, unknown, string]>([
    ['interceptor.replicas', 0, '/interceptor/replicas'],
    ['coordinator.replicas', 2, "additional properties 'replicas' not allowed"],
    ['coordinator.storage.size', 'big', '/coordinator/storage/size'],
    ['cluster.id', 'Cloud', '/cluster/id'],
    ['cluster.reach.host', null, "missing property 'host'"],
    ['cluster.kubernetes.namespace', 'kube-system', '/cluster/kubernetes/namespace'],
    ['cluster.kubernetes.kubeconfig', 'file', "additional properties 'kubeconfig' not allowed"],
    ['temporal.address', 'temporal', '/temporal/address'],
    ['temporal.address', '127.0.0.1:7233', '/temporal/address'],
    ['temporal.tls.key', '-----BEGIN PRIVATE KEY-----', '/temporal/tls/key'],
    ['image.pullPolicy', 'Sometimes', '/image/pullPolicy'],
    ['operator.podLabels', { a: 1 }, '/operator/podLabels/a'],
    ['coordinator.storage', null, "missing property 'storage'"],
    ['otherClusters', [{ docker: {} }], "missing property 'id'"],
    ['interceptr', {}, "additional properties 'interceptr' not allowed"],
  ])('are refused by name: %s = %j', (name, value, words) => {
    expect(refusal({ [name]: value })).toContain(words);
  });
});
