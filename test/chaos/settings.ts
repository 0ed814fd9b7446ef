import path from 'node:path';
import { repository } from '../e2e/support/clusters';

/** The system whose parts are killed. */
export const chaosSystem = {
  directory: path.join(repository, '.carryon/chaos'),
  clusters: ['edge', 'cloud'] as [string, string],
  temporalPort: 37233,
  enginePorts: '17500-17599',
  images: ['carryon-runtime', 'carryon-workload-native'],
};

export const firstPort = 9091;
