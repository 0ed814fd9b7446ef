import { describe, expect, it } from '@jest/globals';
import { ApiException, type KubernetesObject, type V1Deployment, type V1Job, type V1Service } from '@kubernetes/client-node';
import type { KubernetesContext } from '../../../clients/orchestrators/kubernetes/context';
import { bring } from '../../../clients/orchestrators/kubernetes/deployed/bring';
import { refuseHarm } from '../../../clients/orchestrators/kubernetes/deployed/harm';
import { manifestsOf, manifestsSchema, type Manifests } from '../../../clients/orchestrators/kubernetes/deployed/manifests';
import { spec } from '../../fakes/facts';

const template = { metadata: { labels: { app: 'web', 'carryon.io/migratable': 'true' } }, spec: { containers: [{ name: 'main', image: 'web:1' }], volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'files' } }] } };
const deployment: V1Deployment = {
  metadata: {
    name: 'web',
    uid: 'u',
    resourceVersion: '7',
    labels: { app: 'web' },
    annotations: { 'deployment.kubernetes.io/revision': '3', 'carryon.io/away': '{}', note: 'kept', 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
    managedFields: [
      { manager: 'kube-controller-manager', operation: 'Update', subresource: 'status', fieldsV1: { 'f:status': {} } },
      { manager: 'carryon', operation: 'Update', fieldsV1: { 'f:metadata': {} } },
      { manager: 'helm', operation: 'Update', fieldsV1: { 'f:spec': { 'f:template': {} } } },
    ],
  },
  spec: { replicas: 1, selector: { matchLabels: { app: 'web' } }, template },
  status: { replicas: 1 },
};
const service = (name: string, selector: Record<string, string> | undefined, over: object = {}): V1Service => ({
  metadata: { name, uid: name, labels: {} },
  spec: { type: 'NodePort', clusterIP: '10.0.0.7', clusterIPs: ['10.0.0.7'], ipFamilies: ['IPv4'], selector, ports: [{ port: 80, nodePort: 30080 }], ...over },
});
const claim = { metadata: { name: 'files' }, spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'fast', resources: { requests: { storage: '2Gi' } } } };

const taken = () => manifestsOf({ kind: 'Deployment', object: deployment }, undefined, [service('web', { app: 'web' }), service('all', {}), service('other', { app: 'db' }), service('head', { app: 'web' }, { clusterIP: 'None' })], [claim, { metadata: { name: 'others' } }]);

describe('what a user has deployed', () => {
  it('goes along as its user would write it: with the Services that lead to it and the volumes that it has, without what is of that cluster', () => {
    expect(taken()).toEqual({
      kind: 'Deployment',
      metadata: { name: 'web', labels: { app: 'web' }, annotations: { note: 'kept', 'kubectl.kubernetes.io/last-applied-configuration': '{}' } },
      spec: deployment.spec,
      manager: { name: 'helm', applies: false },
      services: [
        { metadata: { name: 'web', labels: {} }, spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ port: 80, nodePort: 30080 }] } },
        { metadata: { name: 'head', labels: {} }, spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ port: 80, nodePort: 30080 }], clusterIP: 'None' } },
      ],
      claims: [{ name: 'files', accessModes: ['ReadWriteOnce'], storage: '2Gi' }],
    });
    expect(manifestsSchema.parse(JSON.parse(JSON.stringify(taken())))).toEqual(taken());
  });

  it('is a Job without the names that it gave to its own pods', () => {
    const job: V1Job = { metadata: { name: 'sum' }, spec: { selector: { matchLabels: { 'controller-uid': 'u' } }, template: { metadata: { labels: { 'batch.kubernetes.io/job-name': 'sum', 'controller-uid': 'u', app: 'sum' } }, spec: { containers: [] } } } };
    const { spec: given } = manifestsOf({ kind: 'Job', object: job }, 2, [], []);
    expect(given).toEqual({ template: { metadata: { labels: { app: 'sum' } }, spec: { containers: [] } } });
  });
});

/** A namespace with these objects. */
function namespaceWith(present: Record<string, object>, portsOf: number[] = []) {
  const made: { object: KubernetesObject; as: string }[] = [];
  const found = (key: string) => (present[key] ? Promise.resolve(present[key]) : Promise.reject(new ApiException(404, 'none', '{}', {})));
  const context = {
    config: { id: 'west', kubernetes: { volumeSize: '8Gi' } },
    namespace: 'prod',
    core: {
      readNamespacedPersistentVolumeClaim: ({ name }: { name: string }) => found(`PersistentVolumeClaim ${name}`),
      listNamespacedService: () => Promise.resolve({ items: [{ metadata: { name: 'x' }, spec: { ports: portsOf.map((nodePort) => ({ nodePort, protocol: 'TCP' })) } }] }),
    },
    objects: {
      read: ({ kind, metadata }: KubernetesObject) => found(`${kind} ${metadata?.name}`),
      create: (object: KubernetesObject, _pretty: unknown, _dry: unknown, as: string) => (made.push({ object, as }), Promise.resolve(object)),
      patch: (object: KubernetesObject, _pretty: unknown, dry: unknown, as: string) => (dry === 'All' ? 0 : made.push({ object, as }), Promise.resolve(object)),
    },
  } as unknown as KubernetesContext;
  return { context, made };
}

describe('at its destination it', () => {
  const text = () => JSON.stringify(taken());
  const service_ = spec();

  it('is made with its volumes and Services, wanted by nobody and with the record that its service is elsewhere, in the name of who had it', async () => {
    const { context, made } = namespaceWith({}, [30080]);
    await bring(context, service_, text());
    expect(made.map(({ object: { kind, metadata }, as }) => `${kind} ${metadata?.name} by ${as}`)).toEqual(['PersistentVolumeClaim files by carryon', 'Service web by helm', 'Service head by helm', 'Deployment web by helm']);
    const { object } = made.at(-1) ?? {};
    expect(object).toMatchObject({ metadata: { namespace: 'prod', annotations: { note: 'kept', 'carryon.io/brought': service_.id } }, spec: { replicas: 0, template } });
    expect(JSON.parse(object?.metadata?.annotations?.['carryon.io/away'] ?? '')).toEqual({ service: service_.id, name: service_.name });
    // The node port is somebody else's here.
    expect(made[1]?.object).toMatchObject({ spec: { ports: [{ port: 80 }] } });
    expect(JSON.stringify(made[1]?.object)).not.toContain('30080');
  });

  it('is left as it is where it was made before, and refused where another of its name is', async () => {
    const before = namespaceWith({ 'Deployment web': { metadata: { annotations: { 'carryon.io/brought': service_.id } } } });
    await bring(before.context, service_, text());
    expect(before.made).toEqual([]);
    const other = namespaceWith({ 'Deployment web': { metadata: {} } });
    await expect(bring(other.context, service_, text())).rejects.toMatchObject({ code: 'name-taken', next: expect.stringContaining('arriveAs: own') });
    expect(other.made).toEqual([]);
  });

  it('does not take a volume that somebody has', async () => {
    const { context, made } = namespaceWith({ 'PersistentVolumeClaim files': { metadata: { name: 'files' } } });
    await expect(bring(context, service_, text())).rejects.toMatchObject({ code: 'volume-taken' });
    expect(made).toEqual([]);
  });

  it.each([
    ['the network of the node', { hostNetwork: true }, 'hostNetwork'],
    ['files of the node', { volumes: [{ name: 'root', hostPath: { path: '/' } }] }, 'volumes root: hostPath'],
    ['a privileged init container', { initContainers: [{ name: 'set', securityContext: { privileged: true } }] }, 'containers set: privileged'],
    ['more capabilities', { initContainers: [{ name: 'set', securityContext: { capabilities: { add: ['SYS_ADMIN', 'CHOWN'] } } }] }, 'containers set: capabilities SYS_ADMIN'],
    ['a profile of its own', { securityContext: { seccompProfile: { type: 'Unconfined' } } }, 'securityContext'],
    ['a port of the node', { containers: [{ name: 'main', ports: [{ containerPort: 80, hostPort: 80 }] }] }, 'containers main: hostPort'],
  ])('does not get %s', (_what, pod, field) => {
    const manifests = { ...taken(), spec: { template: { ...template, spec: { ...template.spec, ...pod } } } } as Manifests;
    expect(() => refuseHarm('west', manifests)).toThrow(expect.objectContaining({ code: 'deployment-privileged', message: expect.stringContaining(field) }));
  });

  it('is judged by the interceptor, or refused', () => {
    expect(() => refuseHarm('west', { ...taken(), spec: { template: { metadata: {}, spec: template.spec } } })).toThrow(expect.objectContaining({ message: expect.stringContaining('carryon.io/migratable') }));
    expect(() => refuseHarm('west', taken())).not.toThrow();
  });
});
