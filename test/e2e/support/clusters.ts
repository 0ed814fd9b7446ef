import { execa } from 'execa';
import { existsSync, readFileSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import path from 'node:path';

export const repository = path.resolve(__dirname, '../../..');

/** Address of each cluster on the shared network, as scripts/clusters.sh gives them. */
export const addresses: Record<string, string> = { edge: '10.77.0.2', cloud: '10.77.0.3', fog: '10.77.0.4' };

const clusterData = process.env.CARRYON_CLUSTERS ?? '/var/lib/carryon-clusters';

/** Others have a number since they were up for the first time. */
export const addressOf = (cluster: string) => {
  const given = path.join(clusterData, cluster, 'number');
  const address = addresses[cluster] ?? (existsSync(given) ? `10.77.0.${readFileSync(given, 'utf8').trim()}` : undefined);
  if (!address) throw new Error(`there is no cluster ${cluster}: ${Object.keys(addresses).join(', ')}`);
  return address;
};

export const dockerHost = (cluster: string) => `unix:///run/carryon-clusters/${cluster}/docker.sock`;

export const kubeconfigOf = (cluster: string) => path.join(clusterData, cluster, 'kubernetes/pki/admin.conf');

export interface ClusterOptions {
  /** How far the clusters' monotonic clocks are ahead. */
  monotonicOffsetSeconds?: number;
  /** Names of the images to load; all that there are when absent. */
  images?: readonly string[];
}

/** Starts the clusters that do not run and loads the images that differ. */
export async function clustersUp(clusters: readonly string[], options: ClusterOptions = {}): Promise<void> {
  const images = options.images && { CARRYON_IMAGES: options.images.join(' ') };
  const offset = options.monotonicOffsetSeconds ? ['--monotonic-offset', String(options.monotonicOffsetSeconds)] : [];
  await execa(path.join(repository, 'scripts/clusters.sh'), ['up', ...offset, ...clusters], { env: images, stdout: 'inherit', stderr: 'inherit' });
}

export async function clustersDown(clusters: readonly string[]): Promise<void> {
  await execa(path.join(repository, 'scripts/clusters.sh'), ['down', ...clusters], { stdout: 'inherit', stderr: 'inherit' });
}

/** The same for those of Kubernetes. Builds Kubernetes first, where that has not been done. */
export async function kubernetesUp(shape: 'kubeadm' | 'k3s', clusters: readonly string[], { images }: Pick<ClusterOptions, 'images'> = {}): Promise<void> {
  await execa(path.join(repository, 'scripts/kubernetes.sh'), ['up', '--shape', shape, ...clusters], { env: images && { CARRYON_IMAGES: images.join(' ') }, stdout: 'inherit', stderr: 'inherit' });
}

export async function kubernetesDown(clusters: readonly string[]): Promise<void> {
  await execa(path.join(repository, 'scripts/kubernetes.sh'), ['down', ...clusters], { stdout: 'inherit', stderr: 'inherit' });
}

/** Runs kubectl against a cluster, as its administrator. */
export async function kubectl(cluster: string, ...args: string[]): Promise<string> {
  const { stdout } = await execa(path.join(repository, '.carryon/cache/kubernetes/bin/kubectl'), ['--kubeconfig', kubeconfigOf(cluster), ...args]);
  return stdout;
}

/** As if the host were lost: nobody reaches the daemon meanwhile. What runs there runs on. */
export async function withoutDaemon<T>(cluster: string, act: () => Promise<T>): Promise<T> {
  const socket = new URL(dockerHost(cluster)).pathname;
  await rename(socket, `${socket}.away`);
  try {
    return await act();
  } finally {
    await rename(`${socket}.away`, socket);
  }
}

/** Runs the Docker client against a cluster's daemon. */
export async function docker(cluster: string, ...args: string[]): Promise<string> {
  const { stdout } = await execa('docker', ['-H', dockerHost(cluster), ...args]);
  return stdout;
}
