import type { V1ObjectMeta, V1Pod, V1Service, V1StatefulSet } from '@kubernetes/client-node';
import { enginePort, handoffPort, tunnelPort } from '../../../domain/names';
import type { OuterContainer } from '../../../domain/orchestrator';
import type { OuterSpec } from '../../../domain/service';
import type { KubernetesContext } from './context';
import { asking } from './failure';
import { keys, selectorOf } from './names';
import { exitCodeOf, isOver } from './pod-state';

/** An outer container with the objects that it was read from. */
export interface Found {
  outer: OuterContainer;
  /** What was asked for: a StatefulSet, or the pod itself. */
  kind: 'StatefulSet' | 'Pod';
  /** Name of that object. */
  object: string;
  pod?: V1Pod;
}

export async function listFound({ core, apps, config, namespace }: KubernetesContext, service?: string): Promise<Found[]> {
  const select = (role?: string) => ({ namespace, labelSelector: selectorOf(config.id, { service, role }) });
  const [pods, sets, services] = await asking(config.id, 'list pods', () =>
    Promise.all([core.listNamespacedPod(select('outer')), apps.listNamespacedStatefulSet(select()), core.listNamespacedService(select('engine'))]),
  );
  const portsOf = (id: string) => services.items.find(({ metadata }) => metadata?.labels?.[keys.service] === id);
  const podOf = (uid?: string) => pods.items.find(({ metadata }) => metadata?.ownerReferences?.some((owner) => owner.uid === uid));
  const kept = sets.items.flatMap((set) => ofSet(set, podOf(set.metadata?.uid), portsOf, config.reach.host));
  const alone = pods.items.filter(({ metadata }) => metadata?.annotations?.[keys.spec] !== undefined);
  return [...kept, ...alone.flatMap((pod) => ofPod(pod, portsOf, config.reach.host))];
}

export async function listOuter(context: KubernetesContext, service?: string): Promise<OuterContainer[]> {
  return (await listFound(context, service)).map(({ outer }) => outer);
}

/** By UUID or name. A UUID wins; of several with a name, the one that runs. */
export async function findOuter(context: KubernetesContext, service: string): Promise<OuterContainer | undefined> {
  const all = await listOuter(context);
  const byName = all.filter((outer) => outer.service.name === service);
  return all.find((outer) => outer.service.id === service) ?? byName.find((outer) => outer.running) ?? byName[0];
}

type PortsOf = (service: string) => V1Service | undefined;

function ofSet(set: V1StatefulSet, pod: V1Pod | undefined, portsOf: PortsOf, host: string): Found[] {
  const base = read(set.metadata, portsOf, host);
  if (!base) return [];
  const awaited = (set.spec?.replicas ?? 1) > 0;
  const exit = pod && exitCodeOf(pod);
  const outer = { ...base, running: pod ? !isOver(pod) : awaited, ...(exit !== undefined && { exitCode: exit }) };
  return [{ outer, kind: 'StatefulSet', object: set.metadata?.name ?? '', pod }];
}

function ofPod(pod: V1Pod, portsOf: PortsOf, host: string): Found[] {
  const base = read(pod.metadata, portsOf, host);
  if (!base) return [];
  const exit = exitCodeOf(pod);
  return [{ outer: { ...base, running: !isOver(pod), ...(exit !== undefined && { exitCode: exit }) }, kind: 'Pod', object: pod.metadata?.name ?? '', pod }];
}

/** Undefined when the object's annotations are not ours or were changed, or its ports have not been given yet. */
function read(metadata: V1ObjectMeta | undefined, portsOf: PortsOf, host: string): Omit<OuterContainer, 'running'> | undefined {
  const spec = readSpec(metadata?.annotations?.[keys.spec]);
  if (!spec || !metadata?.uid) return undefined;
  const ports = portsOf(spec.id)?.spec?.ports ?? [];
  const [apiPort, handoffAt, tunnelAt] = [enginePort, handoffPort, tunnelPort].map((wanted) => ports.find(({ port }) => port === wanted)?.nodePort);
  if (!apiPort || !handoffAt || !tunnelAt) return undefined;
  return {
    id: metadata.uid,
    service: { id: spec.id, name: spec.name },
    createdAt: new Date(metadata.creationTimestamp ?? 0).toISOString(),
    reach: { host, apiPort, handoffPort: handoffAt, tunnelPort: tunnelAt },
    spec,
  };
}

function readSpec(text: string | undefined): OuterSpec | undefined {
  try {
    return text ? (JSON.parse(text) as OuterSpec) : undefined;
  } catch {
    return undefined;
  }
}
