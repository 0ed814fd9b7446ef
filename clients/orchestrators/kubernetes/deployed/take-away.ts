import type { KubernetesObject } from '@kubernetes/client-node';
import type { KubernetesClients } from '../context';
import { ignoreGone } from '../end-pod';
import { asking } from '../failure';
import { awayOwner } from '../leave';
import { keys } from '../names';
import { broughtBy } from './brought';

/** What a service brought along and has no use for, as the migration was taken back. Its pods go with it. What has arrived is the user's. */
export async function takeAway(context: KubernetesClients, service: string): Promise<void> {
  const { apps, batch, core, config, namespace } = context;
  const owner = await awayOwner(context, service);
  if (owner?.object.metadata?.annotations?.[keys.brought] === service) {
    const { name = '', uid } = owner.object.metadata;
    const request = { name, namespace, body: { preconditions: { uid }, propagationPolicy: 'Background' } };
    await asking(config.id, `remove the ${owner.kind} ${name}`, async () => {
      try {
        if (owner.kind === 'Deployment') await apps.deleteNamespacedDeployment(request);
        else if (owner.kind === 'StatefulSet') await apps.deleteNamespacedStatefulSet(request);
        else await batch.deleteNamespacedJob(request);
      } catch (error) {
        ignoreGone(error);
      }
    });
  }
  const { services, claims } = await broughtBy(context, service);
  const request = ({ metadata }: KubernetesObject) => ({ name: metadata?.name ?? '', namespace, body: { preconditions: { uid: metadata?.uid } } });
  await asking(config.id, 'remove what came along', async () => {
    for (const one of services) await core.deleteNamespacedService(request(one)).catch(ignoreGone);
    for (const one of claims) await core.deleteNamespacedPersistentVolumeClaim(request(one)).catch(ignoreGone);
  });
}
