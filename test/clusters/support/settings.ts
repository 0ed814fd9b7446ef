import path from 'node:path';
import { repository } from '../../e2e/support/clusters';
import type { SystemOptions } from '../../e2e/support/configuration';

/** A Docker daemon, and three clusters of Kubernetes that know nothing of each other; the last has the shape of K3s. */
export const [daemon, east, west, lite] = ['dock', 'east', 'west', 'lite'] as const;

export const clusterSystem = {
  directory: path.join(repository, '.carryon/clusters'),
  clusters: [daemon],
  kubernetes: [east, west],
  k3s: [lite],
  temporalPort: 17333,
  enginePorts: '17500-17599',
  images: ['carryon-runtime', 'carryon-workload-redis', 'carryon-workload-native'],
} satisfies SystemOptions;
