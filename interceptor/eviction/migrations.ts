import { CustomObjectsApi, type KubeConfig } from '@kubernetes/client-node';
import { asking, isGone } from '../../clients/orchestrators/kubernetes/failure';
import { resource, type MigrationObject } from '../../operator/migration';
import type { EvictionReviewer } from './review-eviction';

/** Migrations of one namespace, as evictions need them. */
export function evictionMigrations(kubeconfig: KubeConfig, cluster: string, namespace: string): Pick<EvictionReviewer, 'migrations' | 'make'> {
  const custom = kubeconfig.makeApiClient(CustomObjectsApi);
  const all = { ...resource, namespace };
  return {
    migrations: (labelSelector) => asking(cluster, 'list migrations', async () => ((await custom.listNamespacedCustomObject({ ...all, labelSelector })) as { items: MigrationObject[] }).items),
    make: (body) =>
      asking(cluster, 'make a migration', async () => {
        try {
          await custom.createNamespacedCustomObject({ ...all, body });
        } catch (error) {
          // Another replica was asked as well.
          if (!isGone(error)) throw error;
        }
      }),
  };
}
