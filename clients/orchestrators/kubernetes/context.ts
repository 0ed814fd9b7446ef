import type { AppsV1Api, BatchV1Api, CoreV1Api, KubeConfig, KubernetesObjectApi } from '@kubernetes/client-node';
import type { Authority } from '../../authority';
import type { SealingKey } from '../../authority/sealing';
import type { KubernetesCluster } from '../../config';

/** What speaks to the API server of one namespace. */
export type KubernetesClients = Pick<KubernetesContext, 'kubeconfig' | 'core' | 'apps' | 'batch' | 'objects' | 'config' | 'namespace'>;

/** What the verbs of this adapter share. */
export interface KubernetesContext {
  kubeconfig: KubeConfig;
  core: CoreV1Api;
  apps: AppsV1Api;
  batch: BatchV1Api;
  objects: KubernetesObjectApi;
  config: KubernetesCluster;
  namespace: string;
  image: string;
  authority: () => Promise<Authority>;
  sealingKey: () => Promise<SealingKey>;
}
