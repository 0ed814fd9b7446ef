import type { MigrationReport } from '../domain/migration';
import { formatDuration } from '../domain/quantities';
import type { MigrationObjectStatus } from './migration';
import type { Seen } from './seen';
import { isCommitted } from './status';

/** What is told about an object once. */
export interface Told {
  reason: 'Accepted' | 'Refused' | 'Frozen' | 'Committed' | 'Completed' | 'RolledBack' | 'Failed' | 'NotTakenBack';
  note: string;
  warns?: true;
  at?: Date;
}

/** All that there is to tell up to now, in its order: also what came and went between two looks. */
export function eventsOf(status: MigrationObjectStatus, seen: Seen): Told[] {
  const accepted = status.conditions.find(({ type }) => type === 'Accepted');
  return [
    ...(accepted?.status === 'True' ? [{ reason: 'Accepted', note: accepted.message } as const] : []),
    ...handedOver(seen),
    ...ending(status),
  ];
}

function handedOver(seen: Seen): Told[] {
  const report = seen.end?.report ?? seen.told?.report;
  if (!report) return [];
  const { name, from, to, downtimeMs } = report;
  const frozen = endOfStep(report, 'freeze: frozen');
  const at = (ms: number | undefined) => (seen.told && ms !== undefined ? new Date(Date.parse(seen.told.startedAt) + ms) : undefined);
  return [
    ...(frozen === undefined ? [] : [{ reason: 'Frozen', note: `${name} was frozen on ${from}.`, at: at(frozen) } as const]),
    ...(isCommitted(seen) ? [{ reason: 'Committed', note: `${name} belongs to ${to}, after a downtime of ${formatDuration(downtimeMs)}.`, at: at(endOfStep(report, 'commit: committed')) } as const] : []),
  ];
}

/** Of the driver's own timeline, which tells what has happened to the service; the steps of the workflow tell what was asked for. Ms since the migration began. */
function endOfStep({ steps }: MigrationReport, wanted: 'freeze: frozen' | 'commit: committed'): number | undefined {
  const step = steps.findLast(({ name }) => name === wanted);
  return step && step.startedMs + step.durationMs;
}

function ending({ outcome, message }: MigrationObjectStatus): Told[] {
  switch (outcome) {
    case undefined:
      return [];
    case 'committed':
      return [{ reason: 'Completed', note: message }];
    case 'refused':
      return [{ reason: 'Refused', note: message, warns: true }];
    case 'rolled-back':
      return [{ reason: 'RolledBack', note: message, warns: true }];
    case 'resumed':
    case 'needs-human':
      return [{ reason: 'Failed', note: message, warns: true }];
  }
}
