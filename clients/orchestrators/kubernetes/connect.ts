import { AppsV1Api, BatchV1Api, CoreV1Api, KubeConfig, KubernetesObjectApi } from '@kubernetes/client-node';
import { ConfigError, type KubernetesCluster } from '../../config';
import type { KubernetesContext } from './context';

/** Clients of the cluster's API server. Nothing is sent yet. */
export function connectKubernetes({ id, kubernetes }: KubernetesCluster): Pick<KubernetesContext, 'kubeconfig' | 'core' | 'apps' | 'batch' | 'objects'> {
  const kubeconfig = new KubeConfig();
  try {
    if (kubernetes.kubeconfig) kubeconfig.loadFromFile(kubernetes.kubeconfig);
    else kubeconfig.loadFromDefault();
  } catch (error) {
    throw new ConfigError('kubeconfig-unreadable', `The kubeconfig of cluster ${id} cannot be used: ${(error as Error).message}.`, 'Correct `kubernetes.kubeconfig` in carryon.yaml.');
  }
  if (kubernetes.context) {
    const known = kubeconfig.getContexts().map(({ name }) => name);
    if (!known.includes(kubernetes.context)) {
      throw new ConfigError('unknown-context', `The kubeconfig of cluster ${id} has no context "${kubernetes.context}".`, `Contexts: ${known.join(', ') || 'none'}.`);
    }
    kubeconfig.setCurrentContext(kubernetes.context);
  }
  if (!kubeconfig.getCurrentCluster()) {
    throw new ConfigError('no-context', `The kubeconfig of cluster ${id} names no cluster to speak to.`, 'Name one with `kubernetes.context` in carryon.yaml.');
  }
  return {
    kubeconfig,
    core: kubeconfig.makeApiClient(CoreV1Api),
    apps: kubeconfig.makeApiClient(AppsV1Api),
    batch: kubeconfig.makeApiClient(BatchV1Api),
    objects: KubernetesObjectApi.makeApiClient(kubeconfig),
  };
}
