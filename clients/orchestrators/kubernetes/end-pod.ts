import { setTimeout as pause } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import { UnavailableError } from '../../../domain/errors';
import type { KubernetesClients } from './context';
import { asking, isGone } from './failure';

const lookEveryMs = 300;
/** Beyond the pod's own time, until kubelet and the API server have noticed. */
const patienceMs = 60_000;

/** Asks for the end of that very pod. Not at once and by force, which would not wait for its processes: another one could begin beside them. */
export async function deletePod({ core, config, namespace }: KubernetesClients, { metadata }: V1Pod, graceSeconds: number): Promise<void> {
  const body = { gracePeriodSeconds: Math.max(1, graceSeconds), preconditions: { uid: metadata?.uid } };
  await asking(config.id, 'end the outer container', () => core.deleteNamespacedPod({ name: metadata?.name ?? '', namespace, body }).catch(ignoreGone));
}

/** Ends when that pod is gone, and not only to be gone. Whose it was may be gone before. */
export async function podGone({ core, config, namespace }: KubernetesClients, { metadata, spec }: V1Pod, graceSeconds: number): Promise<void> {
  const name = metadata?.name ?? '';
  const isThere = () => asking(config.id, 'wait for the end of the outer container', async () => {
    try {
      return (await core.readNamespacedPod({ name, namespace })).metadata?.uid === metadata?.uid;
    } catch (error) {
      ignoreGone(error);
      return false;
    }
  });
  for (const deadline = performance.now() + graceSeconds * 1000 + patienceMs; await isThere(); await pause(lookEveryMs)) {
    if (performance.now() < deadline) continue;
    throw new UnavailableError('pod-stays', `The pod ${name} of cluster ${config.id} does not end on node ${spec?.nodeName ?? '?'}.`, {
      cluster: config.id,
      next: `See kubectl -n ${namespace} describe pod ${name}: is its node out of reach, or its application frozen? Then try again.`,
    });
  }
}

/** What was meant is not there any more; another of its name may be. */
export const ignoreGone = (error: unknown) => {
  if (!isGone(error)) throw error;
};
