import path from 'node:path';
import { repository } from './clusters';
import type { SystemOptions } from './configuration';

/** The system that all end-to-end tests share. */
export const testSystem = {
  directory: path.join(repository, '.carryon/e2e'),
  clusters: ['edge', 'cloud', 'fog'],
  temporalPort: 17233,
  enginePorts: '17400-17499',
  // Test files run side by side, and none should wait in a queue for another's migration.
  atOnce: 8,
  ahead: { cluster: 'fog', seconds: 86_400 },
} satisfies SystemOptions;

export const minutes = (count: number) => count * 60_000;
