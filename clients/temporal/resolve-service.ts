import { WorkflowExecutionAlreadyStartedError, WorkflowFailedError, type Client } from '@temporalio/client';
import { CarryonError, RefusedError } from '../../domain/errors';
import type { MigrationReport } from '../../domain/migration';
import { messageNames, migrationWorkflowId, resolveWorkflowId, workflowQueue, workflowTypes } from '../../domain/names';
import type { Resolution, ResolveRequest } from '../../domain/resolution';
import { errorOfFailure } from './error-of-failure';
import { findMigration } from './find-migration';

/** The workflow id is a lock: two people who decide at once could each look before the other acts. */
export async function resolveService(client: Client, request: ResolveRequest): Promise<Resolution> {
  try {
    return (await client.workflow.execute(workflowTypes.resolve, {
      workflowId: resolveWorkflowId(request.service),
      taskQueue: workflowQueue,
      args: [request],
      workflowIdConflictPolicy: 'FAIL',
      staticSummary: `${request.service} stays at its ${request.keep}`,
    })) as Resolution;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) {
      throw new RefusedError('already-resolving', `somebody is deciding about "${request.service}" at this moment`, { next: 'Wait for what comes of that, then look with `carryon ps`.', cause: error });
    }
    throw error instanceof WorkflowFailedError ? errorOfFailure(error) : error;
  }
}

/** The UUID of the service whose migration is meant; what nobody knows here may still be known to the clusters. */
export async function serviceOf(client: Client, id: string): Promise<string> {
  try {
    const handle = await findMigration(client, id);
    const report = await handle.query<MigrationReport | null>(messageNames.report).catch(() => undefined);
    return report?.service ?? handle.workflowId.slice(migrationWorkflowId('').length);
  } catch (error) {
    if (error instanceof CarryonError && error.code === 'migration-not-found') return id;
    throw error;
  }
}
