import { createHash } from 'node:crypto';
import { CoreV1Api, EventsV1Api, makeInformer, V1MicroTime, type KubeConfig, type V1ContainerStatus, type V1Pod } from '@kubernetes/client-node';
import type { KubernetesCluster } from '../clients/config';
import { asking, isGone } from '../clients/orchestrators/kubernetes/failure';
import { selectorOf } from '../clients/orchestrators/kubernetes/names';
import { controller } from './objects';
import { watchObjects } from './watch';

/** Less than events are kept (an hour, unless the API server is told otherwise): a pod shows its last end for as long as it lives, and that would be told again. */
const toldWithinMs = 30 * 60_000;

export interface Watching {
  log: (line: string) => void;
  signal: AbortSignal;
}

/**
 * Tells of applications that were killed for want of memory, by an event of their pod: kubelet shows that at the container, and only until it ends the next time.
 * For information alone: without the rights it says so, and ends.
 */
export async function tellOfMemory(kubeconfig: KubeConfig, { id, kubernetes: { namespace } }: KubernetesCluster, { log, signal }: Watching): Promise<void> {
  const core = kubeconfig.makeApiClient(CoreV1Api);
  const events = kubeconfig.makeApiClient(EventsV1Api);
  const labelSelector = selectorOf(id, { role: 'outer' });
  const list = () => asking(id, 'list pods', () => core.listNamespacedPod({ namespace, labelSelector }));
  const informer = makeInformer<V1Pod>(kubeconfig, `/api/v1/namespaces/${namespace}/pods`, list, labelSelector);
  const tell = async (pod: V1Pod) => {
    for (const kill of killsOf(pod).filter((kill) => isRecent(kill))) {
      try {
        await events.createNamespacedEvent({ namespace, body: eventOf(pod, kill, id) });
      } catch (error) {
        // It has one name, and was told before.
        if (!isGone(error)) throw error;
      }
    }
  };
  const seen = (pod: V1Pod) => void asking(id, 'create an event', () => tell(pod)).catch((error: Error) => log(error.message));
  try {
    await watchObjects(informer, { what: 'watch pods', cluster: id, seen, gone: () => undefined, log, signal, onReady: () => undefined });
  } catch (error) {
    log(`applications that are killed for want of memory are not told of: ${(error as Error).message}`);
  }
}

interface Kill {
  container: string;
  /** Of the container that ended: each end is told once. */
  id: string;
  at: Date;
}

/** The ambassador's own words, or kubelet's where the outer container itself was killed. */
export function killsOf({ status }: V1Pod): Kill[] {
  return [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].flatMap(killOf);
}

export const isRecent = ({ at }: Kill, now = Date.now()) => now - at.getTime() < toldWithinMs;

function killOf({ name, state, lastState }: V1ContainerStatus): Kill[] {
  return [state?.terminated, lastState?.terminated].flatMap((end) =>
    end?.containerID && (end.reason === 'OOMKilled' || end.message?.startsWith('OOMKilled')) ? [{ container: name, id: end.containerID, at: new Date(end.finishedAt ?? Date.now()) }] : [],
  );
}

const eventOf = ({ metadata }: V1Pod, { container, id, at }: Kill, cluster: string) => ({
  metadata: { name: `${(metadata?.name ?? '').slice(0, 200)}.${createHash('sha256').update(id).digest('hex').slice(0, 16)}`, namespace: metadata?.namespace },
  eventTime: new V1MicroTime(at),
  type: 'Warning',
  reason: 'OOMKilled',
  action: 'Run',
  note: `The container ${container} ended because its application needed more memory than its limit.`,
  regarding: { apiVersion: 'v1', kind: 'Pod', name: metadata?.name, namespace: metadata?.namespace, uid: metadata?.uid },
  reportingController: controller,
  reportingInstance: cluster,
});
