import path from 'node:path';
import { repository } from './clusters';
import type { SystemOptions } from './configuration';

/** The system that all end-to-end tests share. */
export const testSystem = {
  directory: path.join(repository, '.carryon/e2e'),
  clusters: ['edge', 'cloud', 'fog'],
  temporalPort: 17233,
  enginePorts: '17400-17499',
  ahead: { cluster: 'fog', seconds: 86_400 },
} satisfies SystemOptions;

export const minutes = (count: number) => count * 60_000;
