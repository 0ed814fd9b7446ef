import type { ExecSessions, MigrationRequest, OnLoss, Strategy } from './migration';
import type { Safety } from './safety';

/** What may be wished of a migration besides the service, as options of the command line or fields of an object. Durations in ms. */
export interface MigrationWishes {
  to: string;
  from?: string;
  strategy?: Strategy | 'auto';
  maxDowntime?: number;
  relayFor?: number;
  execSessions?: ExecSessions;
  safety?: Safety;
  priority?: number;
  onLoss?: OnLoss;
}

/** What was not wished is not in the request: defaults are the workflow's. */
export function migrationRequest(service: string, { to, from, strategy, maxDowntime, relayFor, execSessions, safety, priority, onLoss }: MigrationWishes): MigrationRequest {
  return {
    service,
    to,
    ...(from && { from }),
    ...(strategy && { strategy }),
    ...(maxDowntime !== undefined && { maxDowntimeMs: maxDowntime }),
    ...(relayFor !== undefined && { relayForMs: relayFor }),
    ...(execSessions && { execSessions }),
    ...(safety && { safety }),
    ...(priority !== undefined && { priority }),
    ...(onLoss && { onLoss }),
  };
}
