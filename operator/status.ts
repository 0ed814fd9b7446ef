import type { MigrationEnd } from '../clients/temporal';
import type { MigrationReport, Outcome } from '../domain/migration';
import { formatDuration } from '../domain/quantities';
import { nextStep, whereNow } from '../domain/whereabouts';
import { conditionsOf } from './conditions';
import type { MigrationObject, MigrationObjectStatus } from './migration';
import type { Seen } from './seen';

/** The status of an object, made of what is known of its migration and, where nothing newer is, of the status before. */
export function statusOf(object: MigrationObject, before: MigrationObjectStatus | undefined, seen: Seen, now: Date): MigrationObjectStatus {
  const { run, told, end } = seen;
  const report = end?.report ?? told?.report;
  const message = messageOf(object, seen) ?? before?.message ?? '';
  const source = report?.from ?? before?.source ?? object.spec.source;
  const status: Omit<MigrationObjectStatus, 'conditions'> = {
    phase: end?.outcome ?? told?.progress?.phase ?? before?.phase ?? 'pending',
    ...(end && { outcome: end.outcome }),
    message,
    ...(source && { source }),
    ...(run && { workflowId: run.workflowId, runId: run.runId }),
    observedGeneration: object.metadata.generation,
    ...(!end && told?.progress && { progress: { bytes: told.progress.bytes, totalBytes: told.progress.totalBytes } }),
    ...(report && (end || isCommitted(seen)) && { report: summaryOf(report, isCommitted(seen)) }),
  };
  return { ...status, conditions: conditionsOf(object, before?.conditions ?? [], { ...seen, message }, now) };
}

/** From the commit on there is a downtime to tell. */
export function isCommitted({ told, end }: Seen): boolean {
  if (end) return end.outcome === 'committed' || end.outcome === 'resumed';
  return told?.progress?.phase === 'cutover' || told?.progress?.phase === 'finish';
}

function messageOf({ spec }: MigrationObject, { told, trouble, end }: Seen): string | undefined {
  if (end) return endMessage(end, spec.service);
  if (trouble) return [`${trouble.message.replace(/\.$/, '')}; it is tried again.`, trouble.next].filter(Boolean).join(' ');
  return told?.progress?.message;
}

/** Why it ended so, where the service is, and what to do about it. */
function endMessage({ outcome, message, report, code, next }: MigrationEnd, service: string): string {
  if (outcome === 'committed') return report ? whereNow(report) : message;
  const place = report && outcome === 'needs-human' ? whereNow({ ...report, outcome }) : '';
  return [`${message.replace(/\.$/, '')}.`, place, next ?? nextFor(outcome, service, code)].filter(Boolean).join(' ');
}

function nextFor(outcome: Outcome, service: string, code: string | undefined): string {
  if (code === 'aborted') return '';
  return outcome === 'refused' || outcome === 'rolled-back' ? 'Remove the reason, delete this Migration and make another one.' : nextStep(outcome, service);
}

function summaryOf({ strategy, downtimeMs, migrationMs, bytesSent }: MigrationReport, committed: boolean): MigrationObjectStatus['report'] {
  return {
    strategy,
    ...(committed && { downtime: formatDuration(downtimeMs), downtimeMs }),
    migrationTime: formatDuration(migrationMs),
    migrationMs,
    bytesSent: Math.round(bytesSent),
  };
}
