import { defaultPayloadConverter, type WorkflowExecutionDescription, type WorkflowHandle } from '@temporalio/client';
import type { MigrationReport, Progress } from '../../domain/migration';
import { messageNames } from '../../domain/names';

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

/** Progress includes what the step under way has told by heartbeat. */
export async function migrationStatus(handle: WorkflowHandle): Promise<MigrationStatus> {
  const described = await handle.describe();
  const [progress, report] = await Promise.all([
    answer(handle.query<Progress>(messageNames.progress)),
    answer(handle.query<MigrationReport | null>(messageNames.report)),
  ]);
  const live = progress && withHeartbeat(progress, bytesUnderWay(described));
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

/** The engine counts all bytes of the migration, so the largest count told by any pending step is the newest. */
function bytesUnderWay({ raw }: WorkflowExecutionDescription): number {
  const told = (raw.pendingActivities ?? []).map(({ heartbeatDetails }) => {
    const payload = heartbeatDetails?.payloads?.[0];
    return payload ? (defaultPayloadConverter.fromPayload<{ bytes?: number } | null>(payload)?.bytes ?? 0) : 0;
  });
  return Math.max(0, ...told);
}
