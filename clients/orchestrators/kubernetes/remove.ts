import type { KubernetesContext } from './context';
import { deletePod, ignoreGone, podGone } from './end-pod';
import { asking } from './failure';
import { listFound, type Found } from './list';
import { keys, selectorOf } from './names';

const graceSeconds = 1;

/** Removes the objects, running or not; the volumes that were made for the service only when asked. Nothing there: nothing to do. */
export async function removeOuter(context: KubernetesContext, service: string, { volumes, container }: { volumes: boolean; container?: string }): Promise<void> {
  const present = await listFound(context, service);
  const meant = present.filter(({ outer }) => container === undefined || outer.id === container);
  for (const found of meant) await removeOne(context, found);
  if (volumes && meant.length === present.length) await removeClaims(context, service);
}

/** That object and no other of its name. What it owns goes with it. */
export async function removeOne(context: KubernetesContext, { kind, object, outer, pod }: Found): Promise<void> {
  const { apps, config, namespace } = context;
  if (kind === 'StatefulSet') {
    await asking(config.id, 'remove the outer container', () => apps.deleteNamespacedStatefulSet({ name: object, namespace, body: { preconditions: { uid: outer.id } } }).catch(ignoreGone));
  }
  if (!pod) return;
  await deletePod(context, pod, graceSeconds);
  await podGone(context, pod, graceSeconds);
}

async function removeClaims({ core, config, namespace }: KubernetesContext, service: string): Promise<void> {
  const claims = await asking(config.id, 'list volumes', () => core.listNamespacedPersistentVolumeClaim({ namespace, labelSelector: selectorOf(config.id, { service }) }));
  for (const { metadata } of claims.items) {
    const name = metadata?.name;
    if (name === undefined || metadata?.labels?.[keys.service] !== service) continue;
    await asking(config.id, `remove the volume ${name}`, () => core.deleteNamespacedPersistentVolumeClaim({ name, namespace, body: { preconditions: { uid: metadata.uid } } }).catch(ignoreGone));
  }
}
