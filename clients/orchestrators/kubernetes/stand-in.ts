import { PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import type { KubernetesContext } from './context';
import { asking } from './failure';
import { requireInterceptor } from './is-intercepting';
import { awayOwner } from './leave';
import { listFound, type Found } from './list';
import { fieldManager, keys, selectorOf } from './names';
import { wanted, want } from './patch-owner';
import { startedPod } from './started-pod';
import type { OuterSpec } from '../../../domain/service';

/** Where the service's own Deployment is, it comes back into a pod of that: one stands in for it already, or is made. Undefined where there is none. */
export async function standInFor(context: KubernetesContext, spec: OuterSpec): Promise<Found | undefined> {
  const owner = await awayOwner(context, spec.id);
  if (!owner) return undefined;
  if (!(await isStoodIn(context, spec.id))) await requireInterceptor(context, `${owner.kind} ${owner.object.metadata?.name}`);
  if (wanted(owner) === 0) await want(context, owner, 1);
  const { name } = await startedPod(context, spec, 'stand-in');
  const { core, config, namespace } = context;
  // From here on it is an outer container as any other.
  await asking(config.id, 'take the pod that stands in for the service', () =>
    core.patchNamespacedPod({ name, namespace, body: { metadata: { labels: { [keys.role]: 'outer' } } }, fieldManager }, setHeaderOptions('Content-Type', PatchStrategy.MergePatch)),
  );
  return (await listFound(context, spec.id)).find(({ object }) => object === name);
}

async function isStoodIn({ core, config, namespace }: KubernetesContext, service: string): Promise<boolean> {
  const pods = await asking(config.id, 'list pods', () => core.listNamespacedPod({ namespace, labelSelector: selectorOf(config.id, { service, role: 'stand-in' }) }));
  return pods.items.some(({ metadata }) => metadata?.deletionTimestamp === undefined);
}
