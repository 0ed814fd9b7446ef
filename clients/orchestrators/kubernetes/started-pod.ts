import type { V1Pod } from '@kubernetes/client-node';
import { MigrationFailedError } from '../../../domain/errors';
import { parseDuration } from '../../../domain/quantities';
import type { OuterSpec } from '../../../domain/service';
import type { KubernetesContext } from './context';
import { keys } from './names';
import { codeOf, isComplete, troubleOf, type Trouble } from './pod-state';
import { watchPod } from './watch-pod';


/** The service's pod of this role, once its outer container runs, and the user's container beside it where there is one. One that is being removed is followed by another. */
export async function startedPod(context: KubernetesContext, spec: OuterSpec, role: 'outer' | 'stand-in'): Promise<{ name: string; pod: V1Pod }> {
  let trouble: Trouble | undefined;
  const { startTimeout } = context.config.kubernetes;
  const found = await watchPod(context, { service: spec.id, role }, parseDuration(startTimeout), (pod) => {
    if (pod.metadata?.deletionTimestamp) return undefined;
    trouble = troubleOf(pod);
    if (trouble?.final) throw notStarted(context, spec, trouble);
    return isComplete(pod) ? pod : undefined;
  });
  if (found) return { name: found.metadata?.name ?? '', pod: found };
  throw notStarted(context, spec, trouble ?? { reason: 'Pending', message: `no pod of it ran within ${startTimeout}`, final: false });
}

const notStarted = ({ config, namespace }: KubernetesContext, { id, name }: OuterSpec, { reason, message }: Trouble) =>
  new MigrationFailedError(codeOf(reason) ?? 'outer-container-not-started', `The pod of ${name} on cluster ${config.id} does not start: ${reason}${message ? `: ${message}` : ''}.`, {
    cluster: config.id,
    next: `See kubectl -n ${namespace} describe pod -l ${keys.service}=${id}, and kubectl -n ${namespace} get events`,
  });
