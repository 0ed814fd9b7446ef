import type { KubernetesContext } from './context';
import { listFound } from './list';
import { hasNoProcess } from './pod-state';

/** A pod that is gone proves nothing: it may have been removed by force, with its node out of reach. */
export async function isDead(context: KubernetesContext, id: string): Promise<boolean> {
  const pod = (await listFound(context)).find(({ outer }) => outer.id === id)?.pod;
  return pod !== undefined && hasNoProcess(pod);
}
