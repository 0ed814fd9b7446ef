import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import { addressOf, dockerHost, kubeconfigOf } from './clusters';

export interface SystemOptions {
  /** Configuration, certificate authorities and Temporal's database are kept here. */
  directory: string;
  /** Docker daemons of scripts/clusters.sh. */
  clusters: readonly string[];
  /** Clusters of scripts/kubernetes.sh. */
  kubernetes?: readonly string[];
  /** Clusters of scripts/kubernetes.sh that have the shape of K3s. */
  k3s?: readonly string[];
  /** On loopback; its web interface is at this + 1000. */
  temporalPort: number;
  /** First and last host port for engines. */
  enginePorts: string;
  /** Images that the clusters need; all that there are when absent. */
  images?: readonly string[];
  /** Of the outer containers; as by default when absent. */
  runtimeImage?: string;
  /** Migrations in and out at once, of each cluster; as by default when absent. */
  atOnce?: number;
  /** A cluster whose monotonic clock is ahead, as another host's would be. */
  ahead?: { cluster: string; seconds: number };
}

export const kubernetesOf = ({ kubernetes = [], k3s = [] }: Pick<SystemOptions, 'kubernetes' | 'k3s'>): readonly string[] => [...kubernetes, ...k3s];

/** Writes carryon.yaml; returns its path. */
export async function writeConfiguration(options: SystemOptions): Promise<string> {
  await mkdir(options.directory, { recursive: true, mode: 0o700 });
  const file = path.join(options.directory, 'carryon.yaml');
  const configuration = {
    temporal: { address: `127.0.0.1:${options.temporalPort}`, uiPort: options.temporalPort + 1000 },
    stateDir: 'state',
    clusters: [
      ...options.clusters.map((id) => ({ ...common(id, options), docker: { host: dockerHost(id) }, ports: { engine: options.enginePorts } })),
      ...kubernetesOf(options).map((id) => ({ ...common(id, options), kubernetes: { kubeconfig: kubeconfigOf(id) } })),
    ],
  };
  await writeFile(file, stringify(configuration));
  return file;
}

const common = (id: string, { runtimeImage, atOnce }: SystemOptions) => ({
  id,
  reach: { host: addressOf(id) },
  ...(runtimeImage && { runtimeImage }),
  ...(atOnce && { limits: { migrationsIn: atOnce, migrationsOut: atOnce } }),
});
