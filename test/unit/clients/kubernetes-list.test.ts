import { describe, expect, it } from '@jest/globals';
import type { V1Pod, V1Service, V1StatefulSet } from '@kubernetes/client-node';
import type { KubernetesContext } from '../../../clients/orchestrators/kubernetes/context';
import { createOuter } from '../../../clients/orchestrators/kubernetes/create';
import { listFound } from '../../../clients/orchestrators/kubernetes/list';
import { engineService, workload } from '../../../clients/orchestrators/kubernetes/manifest';
import { ApiException } from '@kubernetes/client-node';
import type { OuterSpec } from '../../../domain/service';
import { spec } from '../../fakes/facts';

const service: OuterSpec = spec({ id: 'service-1', name: 'cache', restart: 'always' });
const manifest = (more: Partial<OuterSpec> = {}, cluster = 'kube') => ({ cluster, namespace: 'prod', image: 'carryon-runtime', spec: { ...service, ...more } });

const set = (replicas = 1): V1StatefulSet => {
  const made = workload(manifest()) as V1StatefulSet;
  return { ...made, metadata: { ...made.metadata, uid: 'set' }, spec: made.spec && { ...made.spec, replicas } };
};
const podOf = (owner: string | undefined, phase: string, exitCode?: number): V1Pod => {
  const made = workload(manifest({ restart: 'no' })) as V1Pod;
  const containerStatuses = [{ name: 'carryon', state: exitCode === undefined ? { running: {} } : { terminated: { exitCode } }, image: '', imageID: '', ready: true, restartCount: 0 }];
  return { ...made, metadata: { ...made.metadata, uid: 'pod', ...(owner && { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'cache', uid: owner, controller: true }] }) }, status: { phase, containerStatuses } };
};
const ports = (): V1Service => {
  const made = engineService(manifest());
  return { ...made, spec: { ...made.spec, ports: made.spec?.ports?.map((port, index) => ({ ...port, nodePort: 31000 + index })) } };
};

const kube = (pods: V1Pod[], sets: V1StatefulSet[], services: V1Service[]) =>
  ({
    config: { id: 'kube', reach: { host: 'h' } },
    namespace: 'prod',
    core: { listNamespacedPod: () => Promise.resolve({ items: pods }), listNamespacedService: () => Promise.resolve({ items: services }) },
    apps: { listNamespacedStatefulSet: () => Promise.resolve({ items: sets }) },
  }) as unknown as KubernetesContext;

describe('the outer containers of a namespace', () => {
  it.each([
    ['a StatefulSet with its pod', kube([podOf('set', 'Running')], [set()], [ports()]), { id: 'set', running: true, reach: { host: 'h', apiPort: 31000, handoffPort: 31001, tunnelPort: 31002 } }],
    ['one whose ports are not there: it may run all the same', kube([podOf('set', 'Running')], [set()], []), { id: 'set', running: true, reach: { host: 'h', apiPort: 0, handoffPort: 0, tunnelPort: 0 } }],
    ['one whose pod has not come yet', kube([], [set()], [ports()]), { id: 'set', running: true }],
    ['one whose pod has failed, and is replaced', kube([podOf('set', 'Failed', 137)], [set()], [ports()]), { id: 'set', running: true }],
    ['one that was stopped', kube([], [set(0)], [ports()]), { id: 'set', running: false }],
    ['one that is being stopped', kube([podOf('set', 'Running')], [set(0)], [ports()]), { id: 'set', running: true }],
    ['a pod that has outlived its StatefulSet', kube([podOf('set', 'Running')], [], []), { id: 'set', running: true }],
    ['a pod on its own', kube([podOf(undefined, 'Running')], [], [ports()]), { id: 'pod', running: true }],
    ['a pod on its own that has ended', kube([podOf(undefined, 'Failed', 3)], [], [ports()]), { id: 'pod', running: false, exitCode: 3 }],
  ])('%s', async (_what, context, wanted) => {
    const found = (await listFound(context)).map(({ outer }) => outer);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ service: { id: 'service-1', name: 'cache' }, ...wanted });
  });
});

/** A namespace in which only objects of these names are, with these labels. */
function namespaceWith(objects: Record<string, Record<string, string>>, rehearsal: () => Promise<object> = () => Promise.resolve({})) {
  const applied: string[] = [];
  const look = ({ name }: { name: string }) => (objects[name] ? Promise.resolve({ metadata: { name, labels: objects[name] } }) : Promise.reject(new ApiException(404, 'HTTP', '{}', {})));
  const context = {
    config: { id: 'kube', reach: { host: 'h' }, kubernetes: { volumeSize: '8Gi' } },
    namespace: 'prod',
    image: 'carryon-runtime',
    core: { createNamespacedPod: ({ dryRun }: { dryRun?: string }) => (dryRun === 'All' ? rehearsal() : Promise.reject(new Error('a pod was made'))), readNamespacedPod: look, readNamespacedService: look, readNamespacedPersistentVolumeClaim: look },
    apps: { readNamespacedStatefulSet: look },
    objects: { patch: (object: { kind?: string; metadata?: { name?: string } }, ...how: unknown[]) => (how[1] === 'All' ? 0 : applied.push(`${object.kind} ${object.metadata?.name}${how[3] === false ? '' : ' by force'}`), Promise.resolve(object)) },
  } as unknown as KubernetesContext;
  return { context, applied };
}

describe('a new outer container', () => {
  const ours = { 'carryon.io/service': 'service-1', 'carryon.io/cluster': 'kube' };
  const wanted: OuterSpec = { ...service, volumes: [{ name: 'files', path: '/files' }] };
  const create = (context: KubernetesContext, existingVolumes: 'use' | 'refuse' = 'refuse') => createOuter(context, wanted, { existingVolumes, arrives: true });

  it('takes nothing by force', async () => {
    const { context, applied } = namespaceWith({});
    await create(context);
    expect(applied).toEqual(['PersistentVolumeClaim carryon-service-1', 'PersistentVolumeClaim files', 'StatefulSet cache']);
  });

  it('makes nothing where its pod may not be made', async () => {
    const { context, applied } = namespaceWith({}, () => Promise.reject(new ApiException(403, 'HTTP', JSON.stringify({ message: 'pods "cache" is forbidden: exceeded quota: few' }), {})));
    await expect(create(context)).rejects.toMatchObject({ code: 'quota-exceeded' });
    expect(applied).toEqual([]);
  });

  it.each([
    ['an object of its name that is nobody of ours', { cache: {} }, 'name-taken'],
    ["the same service's, of another cluster in this namespace", { cache: { ...ours, 'carryon.io/cluster': 'other' } }, 'name-taken'],
    ['a Service of the name that its ports need', { 'cache-carryon': { 'carryon.io/service': 'service-2', 'carryon.io/cluster': 'kube' } }, 'name-taken'],
    ['a volume that is not its own', { files: {} }, 'volume-taken'],
    ['its own volume, of another cluster in this namespace', { 'carryon-service-1': { ...ours, 'carryon.io/cluster': 'other' } }, 'volume-taken'],
  ])('is refused where there is %s', async (_what, objects, code) => {
    const { context, applied } = namespaceWith(objects);
    await expect(create(context)).rejects.toMatchObject({ code });
    expect(applied).toEqual([]);
  });

  it('uses a volume that is there when it is told so, and its own of an earlier time', async () => {
    const told = namespaceWith({ files: {} });
    await create(told.context, 'use');
    expect(told.applied).toEqual(['PersistentVolumeClaim carryon-service-1', 'StatefulSet cache']);
    const before = namespaceWith({ 'carryon-service-1': ours, files: {} });
    await create(before.context);
    expect(before.applied).toEqual(['StatefulSet cache']);
  });
});
