import { PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { RefusedError } from '../../../domain/errors';
import type { KubernetesContext } from './context';
import { asking } from './failure';
import type { Found } from './list';
import { fieldManager } from './names';

/** A pod that is on its own cannot be stopped and started again; one that has ended neither. */
export async function scale({ apps, config, namespace }: KubernetesContext, { kind, object, outer }: Found, replicas: 0 | 1): Promise<void> {
  if (kind === 'Intercepted') {
    throw new RefusedError('not-ours-to-stop', `The pod ${object} belongs to what its user has deployed on cluster ${config.id}.`, { cluster: config.id, next: `Scale that: kubectl -n ${namespace} scale deployment NAME --replicas ${replicas}` });
  }
  if (kind === 'Pod') {
    if (replicas === 1 && outer.running) return;
    throw new RefusedError('no-stopped-pods', `Kubernetes cannot stop and start the pod ${object} again: its restart policy is "${outer.spec.restart}".`, {
      cluster: config.id,
      next: 'Remove it with carryon rm; services with the restart policy always or unless-stopped can be stopped.',
    });
  }
  await asking(config.id, replicas === 0 ? 'stop the outer container' : 'start the outer container', () =>
    apps.patchNamespacedStatefulSetScale({ name: object, namespace, body: { spec: { replicas } }, fieldManager }, setHeaderOptions('Content-Type', PatchStrategy.MergePatch)),
  );
}
