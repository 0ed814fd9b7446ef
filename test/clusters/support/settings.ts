import path from 'node:path';
import { repository } from '../../e2e/support/clusters';
import type { SystemOptions } from '../../e2e/support/configuration';

/** Two clusters of Kubernetes that know nothing of each other, and a Docker daemon. */
export const [daemon, east, west] = ['dock', 'east', 'west'] as const;

export const clusterSystem = {
  directory: path.join(repository, '.carryon/clusters'),
  clusters: [daemon],
  kubernetes: [east, west],
  temporalPort: 17333,
  enginePorts: '17500-17599',
  images: ['carryon-runtime', 'carryon-workload-redis', 'carryon-workload-native'],
} satisfies SystemOptions;
