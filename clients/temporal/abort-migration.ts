import { ApplicationFailure, WorkflowNotFoundError, WorkflowUpdateFailedError, type WorkflowHandle } from '@temporalio/client';
import { CarryonError, NeedsHumanError, RefusedError } from '../../domain/errors';
import type { AbortResult } from '../../domain/migration';
import { messageNames } from '../../domain/names';

export async function abortMigration(handle: WorkflowHandle, reason: string | undefined): Promise<AbortResult> {
  try {
    return await handle.executeUpdate<AbortResult, [string | undefined]>(messageNames.abort, { args: [reason] });
  } catch (error) {
    throw translateRefusal(error, handle.workflowId);
  }
}

function translateRefusal(error: unknown, workflowId: string): unknown {
  if (error instanceof WorkflowNotFoundError) {
    return new RefusedError('not-migrating', `${workflowId} has ended already`, { next: `See how with \`carryon status ${workflowId}\`.`, cause: error });
  }
  if (!(error instanceof WorkflowUpdateFailedError) || !(error.cause instanceof ApplicationFailure)) return error;
  const { type, message } = error.cause;
  if (type === 'committed') return new CarryonError(message, { code: 'committed', recovery: 'roll-forward', phase: 'commit', cause: error });
  return new NeedsHumanError(type ?? 'unexpected', message, { next: `See \`carryon status ${workflowId}\`.`, cause: error });
}
