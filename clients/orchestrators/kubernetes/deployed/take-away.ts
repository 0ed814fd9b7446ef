import type { KubernetesClients } from '../context';
import { ignoreGone } from '../end-pod';
import { asking } from '../failure';
import { awayOwner } from '../leave';
import { keys } from '../names';
import { broughtServices } from './brought-services';

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
  for (const { metadata: { name = '', uid } = {} } of await broughtServices(context, service)) {
    await asking(config.id, `remove the Service ${name}`, () => core.deleteNamespacedService({ name, namespace, body: { preconditions: { uid } } }).catch(ignoreGone));
  }
}
