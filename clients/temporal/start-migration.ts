import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import { RefusedError } from '../../domain/errors';
import type { MigrationRequest } from '../../domain/migration';
import { migrationWorkflowId, workflowQueue, workflowTypes } from '../../domain/names';

/** The workflow id is the lock on a service's name; the ticket in the engines is the proof. */
export async function startMigration(client: Client, request: MigrationRequest): Promise<string> {
  const workflowId = migrationWorkflowId(request.service);
  try {
    await client.workflow.start(workflowTypes.migrate, {
      workflowId,
      taskQueue: workflowQueue,
      args: [request],
      workflowIdConflictPolicy: 'FAIL',
      staticSummary: `${request.service} to ${request.to}`,
      staticDetails: `Moves **${request.service}** to **${request.to}** with its memory, files and connections.`,
    });
    return workflowId;
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new RefusedError('already-migrating', `"${request.service}" is being migrated already`, {
      next: `Watch it with \`carryon status ${request.service}\`, or take it back with \`carryon abort ${request.service}\`.`,
    });
  }
}
