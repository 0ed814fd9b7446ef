import { ApplicationFailure, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { failureTypes, type MigrationFailureDetails, type MigrationReport, type Outcome, type Refusal } from '../../domain/migration';
import { messageNames } from '../../domain/names';
import { errorOfFailure } from './error-of-failure';

export interface MigrationEnd {
  outcome: Outcome;
  /** One sentence for a user. */
  message: string;
  report?: MigrationReport;
  refusals?: Refusal[];
  code?: string;
  next?: string;
}

const outcomes: Record<string, Outcome> = {
  [failureTypes.refused]: 'refused',
  [failureTypes.rolledBack]: 'rolled-back',
  [failureTypes.resumed]: 'resumed',
  [failureTypes.rollbackFailed]: 'needs-human',
  [failureTypes.needsHuman]: 'needs-human',
};

export async function awaitMigration(handle: WorkflowHandle): Promise<MigrationEnd> {
  try {
    const report = (await handle.result()) as MigrationReport;
    return { outcome: report.outcome, message: `${report.name} runs at ${report.to}`, report };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    return (await endOfFailure(error, handle)) ?? Promise.reject(errorOfFailure(error));
  }
}

async function endOfFailure(error: WorkflowFailedError, handle: WorkflowHandle): Promise<MigrationEnd | undefined> {
  const { cause } = error;
  if (cause instanceof ApplicationFailure) {
    const outcome = outcomes[cause.type ?? ''];
    return outcome && { outcome, message: cause.message, ...(cause.details?.[0] as MigrationFailureDetails) };
  }
  // A cancelled workflow carries no details; it tells its end by a query. Terminated from outside it tells nothing that counts.
  const report = cause?.name === 'CancelledFailure' ? await askReport(handle) : undefined;
  return report && { outcome: report.outcome, message: report.reason ?? 'cancelled', report, code: 'cancelled' };
}

async function askReport(handle: WorkflowHandle): Promise<MigrationReport | undefined> {
  return (await handle.query<MigrationReport | null>(messageNames.report)) ?? undefined;
}
