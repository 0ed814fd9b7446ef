import { defaultPayloadConverter, type WorkflowExecutionDescription, type WorkflowHandle } from '@temporalio/client';
import type { MigrationReport, Progress } from '../../domain/migration';
import { messageNames, migrationQueueId } from '../../domain/names';
import { placeOf, queuedText, type QueueEntry } from '../../domain/queue';

export interface MigrationStatus {
  workflowId: string;
  runId: string;
  /** As Temporal calls it: RUNNING, COMPLETED, FAILED, CANCELLED, … */
  status: string;
  startedAt: string;
  endedAt?: string;
  /** Absent when no worker could be asked. */
  progress?: Progress;
  report?: MigrationReport;
}

/**
 * Progress includes what the step under way has told by heartbeat.
 * @param exactPlace Ask the queue for the place of one that waits, which is told it now and then only. Not for those that look again and again: the queue answers all of them alone.
 */
export async function migrationStatus(handle: WorkflowHandle, exactPlace = false): Promise<MigrationStatus> {
  const described = await handle.describe();
  const [progress, report] = await Promise.all([
    answer(handle.query<Progress>(messageNames.progress)),
    answer(handle.query<MigrationReport | null>(messageNames.report)),
  ]);
  const told = progress && withHeartbeat(progress, bytesUnderWay(described));
  const live = told && exactPlace ? await withPlace(told, handle, described) : told;
  return {
    workflowId: described.workflowId,
    runId: described.runId,
    status: described.status.name,
    startedAt: described.startTime.toISOString(),
    ...(described.closeTime && { endedAt: described.closeTime.toISOString() }),
    ...(live && { progress: live }),
    ...(report && { report }),
  };
}

const answer = <T>(query: Promise<T>): Promise<T | undefined> => query.catch(() => undefined);

const withHeartbeat = (progress: Progress, bytes: number): Progress => {
  const sent = Math.max(progress.bytes, bytes);
  return { ...progress, bytes: sent, totalBytes: Math.max(progress.totalBytes, sent) };
};

async function withPlace(progress: Progress, { client }: WorkflowHandle, who: { workflowId: string; runId: string }): Promise<Progress> {
  if (progress.phase !== 'queue') return progress;
  const place = placeOf((await answer(client.getHandle(migrationQueueId).query<QueueEntry[]>(messageNames.queue))) ?? [], who);
  return place ? { ...progress, queued: place, message: queuedText(place.behind, place.cluster) } : progress;
}

/** The engine counts all bytes of the migration, so the largest count told by any pending step is the newest. */
function bytesUnderWay({ raw }: WorkflowExecutionDescription): number {
  const told = (raw.pendingActivities ?? []).map(({ heartbeatDetails }) => {
    const payload = heartbeatDetails?.payloads?.[0];
    return payload ? (defaultPayloadConverter.fromPayload<{ bytes?: number } | null>(payload)?.bytes ?? 0) : 0;
  });
  return Math.max(0, ...told);
}
