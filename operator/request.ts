import type { MigrationRequest } from '../domain/migration';
import { parseDuration } from '../domain/quantities';
import { migrationRequest } from '../domain/wishes';
import type { MigrationSpec } from './migration';

/** Throws RefusedError where the API server has let through what is none: its schema may be an older one. */
export function requestOf({ service, destination, source, maxDowntime, relayFor, ...wishes }: MigrationSpec): MigrationRequest {
  return migrationRequest(service, {
    ...wishes,
    to: destination,
    from: source,
    maxDowntime: maxDowntime === undefined ? undefined : parseDuration(maxDowntime),
    relayFor: relayFor === undefined ? undefined : parseDuration(relayFor),
  });
}
