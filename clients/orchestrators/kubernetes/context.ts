import type { AppsV1Api, BatchV1Api, CoreV1Api, KubeConfig, KubernetesObjectApi } from '@kubernetes/client-node';
import type { Authority } from '../../authority';
import type { KubernetesCluster } from '../../config';

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
}
