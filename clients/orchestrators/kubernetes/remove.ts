import type { V1Pod } from '@kubernetes/client-node';
import { CarryonError, RefusedError } from '../../../domain/errors';
import type { RemoveOptions } from '../../../domain/orchestrator';
import type { KubernetesContext } from './context';
import { takeAway } from './deployed/take-away';
import { deletePod, ignoreGone, podGone } from './end-pod';
import { asking } from './failure';
import { listFound, type Found } from './list';
import { keys, selectorOf } from './names';
import { topOwner } from './owner';
import { want, wanted } from './patch-owner';
import { isOver } from './pod-state';

const graceSeconds = 1;

/** Removes the objects, running or not; the volumes that were made for the service only when asked. Nothing there: nothing to do. */
export async function removeOuter(context: KubernetesContext, service: string, { volumes, container, brought = false }: RemoveOptions): Promise<void> {
  const present = await listFound(context, service);
  const meant = present.filter(({ outer }) => container === undefined || outer.id === container);
  for (const found of meant) await removeOne(context, found);
  if (brought && meant.length === present.length) await takeAway(context, service);
  if (volumes && meant.length === present.length) await removeClaims(context, service);
}

/** That object and no other of its name. What it owns goes with it. */
export async function removeOne(context: KubernetesContext, { kind, object, outer, pod }: Found): Promise<void> {
  const { apps, config, namespace } = context;
  if (kind === 'StatefulSet') {
    await asking(config.id, 'remove the outer container', () => apps.deleteNamespacedStatefulSet({ name: object, namespace, body: { preconditions: { uid: outer.id } } }).catch(ignoreGone));
  }
  if (!pod) return;
  // One that has ended, or is about to, has a successor: that is another service.
  if (kind === 'Intercepted' && !isOver(pod) && pod.metadata?.deletionTimestamp === undefined) await wantNoMore(context, pod);
  await deletePod(context, pod, graceSeconds);
  await podGone(context, pod, graceSeconds);
}

/** Whatever made this pod would make another one: it is told that none is wanted. It stays, as the user's. */
async function wantNoMore(context: KubernetesContext, pod: V1Pod): Promise<void> {
  const { apps, batch, config, namespace } = context;
  const owner = await topOwner({ apps, batch, cluster: config.id }, namespace, pod).catch((error: unknown) => {
    if (error instanceof CarryonError && error.code === 'owner-gone') return undefined;
    throw error;
  });
  if (!owner || wanted(owner) === 0) return;
  if (wanted(owner) > 1) {
    const name = owner.object.metadata?.name ?? '';
    throw new RefusedError('several-replicas', `The pod ${pod.metadata?.name} is one of ${wanted(owner)} of the ${owner.kind} ${name} of cluster ${config.id}, which would make another one.`, {
      cluster: config.id, next: `Scale or remove it yourself: kubectl -n ${namespace} scale ${owner.kind.toLowerCase()} ${name} --replicas N`,
    });
  }
  await want(context, owner, 0);
}

async function removeClaims({ core, config, namespace }: KubernetesContext, service: string): Promise<void> {
  const claims = await asking(config.id, 'list volumes', () => core.listNamespacedPersistentVolumeClaim({ namespace, labelSelector: selectorOf(config.id, { service }) }));
  for (const { metadata } of claims.items) {
    const name = metadata?.name;
    if (name === undefined || metadata?.labels?.[keys.service] !== service) continue;
    await asking(config.id, `remove the volume ${name}`, () => core.deleteNamespacedPersistentVolumeClaim({ name, namespace, body: { preconditions: { uid: metadata.uid } } }).catch(ignoreGone));
  }
}
