import { setTimeout as pause } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import type { KubernetesContext } from './context';
import { asking, isMissing } from './failure';
import { listFound } from './list';
import { scale } from './scale';

const lookEveryMs = 300;

/** SIGTERM to the application through init, SIGKILL after the time. */
export async function stopOuter(context: KubernetesContext, service: string, timeoutMs: number): Promise<void> {
  const { core, config, namespace } = context;
  for (const found of await listFound(context, service)) {
    await scale(context, found, 0);
    const name = found.pod?.metadata?.name;
    if (name === undefined) continue;
    // The time that the user gives, and not the pod's own.
    await asking(config.id, 'stop the outer container', () => core.deleteNamespacedPod({ name, namespace, gracePeriodSeconds: Math.ceil(timeoutMs / 1000), body: {} }).catch(ignoreMissing));
    await gone(context, found.pod);
  }
}

/** Ends when that pod is gone, and not only to be gone: kubelet has seen its last process end. Whose it was may be gone before. */
export async function gone({ core, config, namespace }: KubernetesContext, pod: V1Pod | undefined): Promise<void> {
  const name = pod?.metadata?.name;
  if (name === undefined) return;
  const isThere = () => asking(config.id, 'wait for the end of the outer container', async () => {
    try {
      return (await core.readNamespacedPod({ name, namespace })).metadata?.uid === pod?.metadata?.uid;
    } catch (error) {
      ignoreMissing(error);
      return false;
    }
  });
  while (await isThere()) await pause(lookEveryMs);
}

export const ignoreMissing = (error: unknown) => {
  if (!isMissing(error)) throw error;
};
