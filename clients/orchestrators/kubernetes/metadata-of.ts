import type { KubernetesObject, V1ObjectMeta } from '@kubernetes/client-node';
import { asking, isMissing } from './failure';

/** Of an object, where there is one. */
export const metadataOf = (cluster: string, doing: string, look: () => Promise<KubernetesObject>): Promise<V1ObjectMeta | undefined> =>
  asking(cluster, doing, async () => {
    try {
      return (await look()).metadata;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  });
