import type { KubernetesContext } from './context';
import { deletePod, podGone } from './end-pod';
import { listFound } from './list';
import { graceSeconds } from './manifest';
import { scale } from './scale';

/** SIGTERM to the application through init, SIGKILL after the time. */
export async function stopOuter(context: KubernetesContext, service: string, timeoutMs: number): Promise<void> {
  const seconds = Math.ceil(timeoutMs / 1000);
  for (const found of await listFound(context, service)) {
    const { pod } = found;
    if (found.kind === 'Intercepted') await scale(context, found, 0);
    // A time that is under way can be shortened only, and the controller gives the pod's own.
    if (pod && found.kind === 'StatefulSet' && seconds > graceSeconds) await deletePod(context, pod, seconds);
    await scale(context, found, 0);
    if (!pod) continue;
    await deletePod(context, pod, seconds);
    await podGone(context, pod, seconds);
  }
}
