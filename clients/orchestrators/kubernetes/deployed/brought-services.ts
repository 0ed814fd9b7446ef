import { PatchStrategy, setHeaderOptions, type V1Service } from '@kubernetes/client-node';
import type { KubernetesClients } from '../context';
import { asking } from '../failure';
import { fieldManager, keys } from '../names';

/** Services of a user that came along with a service, which has not arrived yet. */
export async function broughtServices({ core, config, namespace }: KubernetesClients, service: string): Promise<V1Service[]> {
  const all = await asking(config.id, 'look for Services', () => core.listNamespacedService({ namespace }));
  return all.items.filter(({ metadata }) => metadata?.annotations?.[keys.brought] === service);
}

/** It has arrived: from now on they are the user's as any other. */
export async function keepServices(context: KubernetesClients, service: string): Promise<void> {
  const { core, config, namespace } = context;
  for (const { metadata } of await broughtServices(context, service)) {
    const request = { name: metadata?.name ?? '', namespace, body: { metadata: { annotations: { [keys.brought]: null } } }, fieldManager };
    await asking(config.id, `keep the Service ${request.name}`, () => core.patchNamespacedService(request, setHeaderOptions('Content-Type', PatchStrategy.MergePatch)));
  }
}
