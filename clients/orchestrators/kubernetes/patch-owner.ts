import { PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import type { KubernetesClients } from './context';
import { asking } from './failure';
import { fieldManager, keys } from './names';
import type { Owner } from './owner';

const mergePatch = () => setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
const nameOf = ({ object }: Owner) => object.metadata?.name ?? '';

/** Which service is away from what a user has deployed; `null` takes the word back, and what was brought along has arrived. Refused (`isChanged`) when the object is not any more as it was read. */
export const noteAway = (context: KubernetesClients, owner: Owner, record: string | null) =>
  patch(context, owner, { metadata: { uid: owner.object.metadata?.uid, resourceVersion: owner.object.metadata?.resourceVersion, annotations: { [keys.away]: record, ...(record === null && { [keys.brought]: null }) } } }, `note at the ${owner.kind} ${nameOf(owner)} where its service is`);

/** How many pods of it are wanted, where that is one or none. */
export const wanted = ({ kind, object: { spec } }: Owner): number =>
  kind === 'Job' ? (spec as { suspend?: boolean; parallelism?: number } | undefined)?.suspend === true ? 0 : ((spec as { parallelism?: number } | undefined)?.parallelism ?? 1) : ((spec as { replicas?: number } | undefined)?.replicas ?? 1);

/** Nothing is wanted of it any more, or one pod. A Job that is suspended has no pods. */
export function want(context: KubernetesClients, owner: Owner, pods: 0 | 1): Promise<void> {
  const doing = `${pods === 0 ? 'end' : 'start'} the pod of the ${owner.kind} ${nameOf(owner)}`;
  if (owner.kind === 'Job') return patch(context, owner, { spec: { suspend: pods === 0 } }, doing);
  const { apps, config, namespace } = context;
  const request = { name: nameOf(owner), namespace, body: { spec: { replicas: pods } }, fieldManager };
  return asking(config.id, doing, async () => {
    if (owner.kind === 'Deployment') await apps.patchNamespacedDeploymentScale(request, mergePatch());
    else await apps.patchNamespacedStatefulSetScale(request, mergePatch());
  });
}

function patch({ apps, batch, config, namespace }: KubernetesClients, owner: Owner, body: object, doing: string): Promise<void> {
  const request = { name: nameOf(owner), namespace, body, fieldManager };
  return asking(config.id, doing, async () => {
    if (owner.kind === 'Deployment') await apps.patchNamespacedDeployment(request, mergePatch());
    else if (owner.kind === 'StatefulSet') await apps.patchNamespacedStatefulSet(request, mergePatch());
    else await batch.patchNamespacedJob(request, mergePatch());
  });
}
