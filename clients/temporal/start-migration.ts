import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import { RefusedError } from '../../domain/errors';
import type { MigrationRequest } from '../../domain/migration';
import { migrationWorkflowId, workflowQueue, workflowTypes } from '../../domain/names';
import type { MigrationRun } from './find-migration';

/** Memo of a migration: who has asked for it, if that may be asked again. */
export const askerMemo = 'carryonAsker';

/** The workflow id is the lock on a service's name; the ticket in the engines is the proof. */
export async function startMigration(client: Client, request: MigrationRequest, asker?: string): Promise<MigrationRun> {
  const workflowId = migrationWorkflowId(request.service);
  try {
    const { firstExecutionRunId: runId } = await client.workflow.start(workflowTypes.migrate, {
      workflowId,
      taskQueue: workflowQueue,
      args: [request],
      workflowIdConflictPolicy: 'FAIL',
      ...(asker !== undefined && { memo: { [askerMemo]: asker } }),
      staticSummary: `${request.service} to ${request.to}`,
      staticDetails: `Moves **${request.service}** to **${request.to}** with its memory, files and connections.`,
    });
    return { workflowId, runId };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new RefusedError('already-migrating', `"${request.service}" is being migrated already`, {
      next: `Watch it with \`carryon status ${request.service}\`, or take it back with \`carryon abort ${request.service}\`.`,
    });
  }
}
