import type { KubernetesContext } from './context';
import { asking } from './failure';
import { listFound, type Found } from './list';
import { keys, selectorOf } from './names';
import { gone, ignoreMissing } from './stop';

/** Removes the objects, running or not; the volumes that were made for the service only when asked. Nothing there: nothing to do. */
export async function removeOuter(context: KubernetesContext, service: string, { volumes, container }: { volumes: boolean; container?: string }): Promise<void> {
  const present = await listFound(context, service);
  const meant = present.filter(({ outer }) => container === undefined || outer.id === container);
  for (const found of meant) {
    await removeOne(context, found);
    await gone(context, found.pod);
  }
  if (volumes && meant.length === present.length) await removeClaims(context, service);
}

/** What they own goes with them. That object and no other of its name. */
async function removeOne({ apps, core, config, namespace }: KubernetesContext, { kind, object, outer, pod }: Found): Promise<void> {
  const precondition = { name: object, namespace, body: { preconditions: { uid: outer.id } } };
  await asking(config.id, 'remove the outer container', async () => {
    if (kind === 'StatefulSet') await apps.deleteNamespacedStatefulSet({ ...precondition, propagationPolicy: 'Background' }).catch(ignoreMissing);
    const name = pod?.metadata?.name;
    // At once, as `remove` means it; not by force, which would not wait for its processes to end.
    if (name !== undefined) await core.deleteNamespacedPod({ name, namespace, gracePeriodSeconds: 1, body: { preconditions: { uid: pod?.metadata?.uid } } }).catch(ignoreMissing);
  });
}

async function removeClaims({ core, config, namespace }: KubernetesContext, service: string): Promise<void> {
  const claims = await asking(config.id, 'list volumes', () => core.listNamespacedPersistentVolumeClaim({ namespace, labelSelector: selectorOf(config.id, { service }) }));
  for (const { metadata } of claims.items) {
    const name = metadata?.name;
    if (name === undefined || metadata?.labels?.[keys.service] !== service) continue;
    await asking(config.id, `remove the volume ${name}`, () => core.deleteNamespacedPersistentVolumeClaim({ name, namespace }).catch(ignoreMissing));
  }
}
