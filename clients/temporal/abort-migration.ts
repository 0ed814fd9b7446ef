import { ApplicationFailure, isGrpcServiceError, ServiceError, WorkflowNotFoundError, WorkflowUpdateFailedError, type WorkflowHandle } from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import pRetry from 'p-retry';
import { CarryonError, NeedsHumanError, RefusedError } from '../../domain/errors';
import type { AbortResult } from '../../domain/migration';
import { messageNames } from '../../domain/names';

export async function abortMigration(handle: Pick<WorkflowHandle, 'executeUpdate' | 'workflowId'>, reason: string | undefined): Promise<AbortResult> {
  // One id for all tries: the workflow takes the message once.
  const updateId = randomUUID();
  const ask = () => handle.executeUpdate<AbortResult, [string | undefined]>(messageNames.abort, { args: [reason], updateId });
  try {
    return await pRetry(ask, { retries: 8, minTimeout: 100, factor: 1.6, shouldRetry: wasLost });
  } catch (error) {
    throw translateRefusal(error, handle.workflowId);
  }
}

const failedPrecondition = 9;

/** Temporal forgets a message when something else happened to the workflow in the moment in which it was taken, and says that the workflow is not ready. */
const wasLost = (error: unknown) => error instanceof ServiceError && isGrpcServiceError(error.cause) && Number(error.cause.code) === failedPrecondition;

function translateRefusal(error: unknown, workflowId: string): unknown {
  if (error instanceof WorkflowNotFoundError) {
    return new RefusedError('not-migrating', `${workflowId} has ended already`, { next: `See how with \`carryon status ${workflowId}\`.`, cause: error });
  }
  if (!(error instanceof WorkflowUpdateFailedError) || !(error.cause instanceof ApplicationFailure)) return error;
  const { type, message } = error.cause;
  if (type === 'committed') return new CarryonError(message, { code: 'committed', recovery: 'roll-forward', phase: 'commit', cause: error });
  return new NeedsHumanError(type ?? 'unexpected', message, { next: `See \`carryon status ${workflowId}\`.`, cause: error });
}
