import type { V1ObjectMeta, V1Pod, V1Service, V1StatefulSet } from '@kubernetes/client-node';
import { enginePort, handoffPort, tunnelPort } from '../../../domain/names';
import type { OuterContainer } from '../../../domain/orchestrator';
import { outerBy, readSpec } from '../outer-by';
import type { KubernetesClients } from './context';
import { asking } from './failure';
import { keys, selectorOf } from './names';
import { isIntercepted } from './intercepted';
import { exitCodeOf, isOver } from './pod-state';

/** An outer container with the objects that it was read from. */
export interface Found {
  outer: OuterContainer;
  /** What was asked for: a StatefulSet, the pod itself, or a pod of a user that the interceptor has rewritten. */
  kind: 'StatefulSet' | 'Pod' | 'Intercepted';
  /** Name of that object. */
  object: string;
  pod?: V1Pod;
}

/** Whatever may have processes is among them: also one whose ports are not there, and a pod that has outlived its StatefulSet. */
export async function listFound({ core, apps, config, namespace }: KubernetesClients, service?: string): Promise<Found[]> {
  const select = (role?: string) => ({ namespace, labelSelector: selectorOf(config.id, { service, role }) });
  const [pods, sets, services] = await asking(config.id, 'list pods', () =>
    Promise.all([core.listNamespacedPod(select('outer')), apps.listNamespacedStatefulSet(select()), core.listNamespacedService(select('engine'))]),
  );
  const read = (metadata: V1ObjectMeta | undefined, id = metadata?.uid) => readOuter(metadata, id, services.items, config.reach.host);
  const podOf = (uid?: string) => pods.items.find((pod) => ownerOf(pod)?.uid === uid);
  const kept = sets.items.flatMap((set) => ofSet(set, podOf(set.metadata?.uid), read(set.metadata)));
  const rewritten = pods.items.filter(isIntercepted);
  const others = pods.items.filter((pod) => !isIntercepted(pod) && !sets.items.some(({ metadata }) => metadata?.uid === ownerOf(pod)?.uid));
  return [
    ...kept,
    ...others.flatMap((pod) => ofPod(pod, 'Pod', read(pod.metadata, ownerOf(pod)?.uid ?? pod.metadata?.uid))),
    // Its engine's files end with it: the pod is what is found again, and one that ends comes after the one that follows it.
    ...rewritten.toSorted((a, b) => Number(isEnding(a)) - Number(isEnding(b))).flatMap((pod) => ofPod(pod, 'Intercepted', read(pod.metadata))),
  ];
}

/** By UUID or name, as an orchestrator's `find`. */
export async function findIn(context: KubernetesClients, service: string): Promise<Found | undefined> {
  const all = await listFound(context);
  const outer = outerBy(all.map((found) => found.outer), service);
  return all.find((found) => found.outer === outer);
}

type Read = Omit<OuterContainer, 'running'>;

const ownerOf = ({ metadata }: V1Pod) => metadata?.ownerReferences?.find(({ controller }) => controller);

/** One that has no pod, or whose pod has failed, is about to have another. */
function ofSet(set: V1StatefulSet, pod: V1Pod | undefined, read: Read | undefined): Found[] {
  if (!read) return [];
  const running = (set.spec?.replicas ?? 1) > 0 || (pod !== undefined && !isOver(pod));
  return [{ outer: { ...read, running, ...exit(running, pod) }, kind: 'StatefulSet', object: set.metadata?.name ?? '', pod }];
}

const isEnding = ({ metadata }: V1Pod) => metadata?.deletionTimestamp !== undefined;

function ofPod(pod: V1Pod, kind: 'Pod' | 'Intercepted', read: Read | undefined): Found[] {
  if (!read) return [];
  const running = !isOver(pod);
  // A user's pod has its journal in itself.
  const over = kind === 'Intercepted' && !running && ({ over: true } as const);
  return [{ outer: { ...read, running, ...over, ...exit(running, pod) }, kind, object: pod.metadata?.name ?? '', pod }];
}

function exit(running: boolean, pod: V1Pod | undefined): { exitCode?: number } {
  const exitCode = running || !pod ? undefined : exitCodeOf(pod);
  return exitCode === undefined ? {} : { exitCode };
}

/** Port 0 where it has not been given one: its engine is silent then, and the outer container is there all the same. */
function readOuter(metadata: V1ObjectMeta | undefined, id: string | undefined, services: V1Service[], host: string): Read | undefined {
  const spec = readSpec(metadata?.annotations?.[keys.spec]);
  if (!spec || !id) return undefined;
  const ports = services.find((service) => service.metadata?.labels?.[keys.service] === spec.id)?.spec?.ports ?? [];
  const at = (wanted: number) => ports.find(({ port }) => port === wanted)?.nodePort ?? 0;
  return {
    id,
    service: { id: spec.id, name: spec.name },
    createdAt: new Date(metadata?.creationTimestamp ?? 0).toISOString(),
    reach: { host, apiPort: at(enginePort), handoffPort: at(handoffPort), tunnelPort: at(tunnelPort) },
    spec,
  };
}
