import { PatchStrategy, setHeaderOptions, type V1PersistentVolumeClaim, type V1Service } from '@kubernetes/client-node';
import type { KubernetesClients } from '../context';
import { asking } from '../failure';
import { fieldManager, keys } from '../names';

export interface Brought {
  services: V1Service[];
  claims: V1PersistentVolumeClaim[];
}

/** What came along with a service beside its workload, and has not arrived yet. */
export async function broughtBy({ core, config, namespace }: KubernetesClients, service: string): Promise<Brought> {
  const [services, claims] = await asking(config.id, 'look for what came along', () => Promise.all([core.listNamespacedService({ namespace }), core.listNamespacedPersistentVolumeClaim({ namespace })]));
  const isOf = ({ metadata }: V1Service | V1PersistentVolumeClaim) => metadata?.annotations?.[keys.brought] === service;
  return { services: services.items.filter(isOf), claims: claims.items.filter(isOf) };
}

/** It has arrived: from now on all of that is the user's as any other. */
export async function keepBrought(context: KubernetesClients, service: string): Promise<void> {
  const { core, config, namespace } = context;
  const { services, claims } = await broughtBy(context, service);
  const request = ({ metadata }: V1Service | V1PersistentVolumeClaim) => ({ name: metadata?.name ?? '', namespace, body: { metadata: { annotations: { [keys.brought]: null } } }, fieldManager });
  const merge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
  await asking(config.id, 'keep what came along', async () => {
    for (const one of services) await core.patchNamespacedService(request(one), merge);
    for (const one of claims) await core.patchNamespacedPersistentVolumeClaim(request(one), merge);
  });
}
