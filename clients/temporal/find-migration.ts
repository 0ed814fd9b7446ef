import { WorkflowNotFoundError, type Client, type WorkflowHandle } from '@temporalio/client';
import { RefusedError } from '../../domain/errors';
import { migrationWorkflowId, workflowTypes } from '../../domain/names';

/** One migration for good: those that follow of the same service have the same workflow id. */
export interface MigrationRun {
  workflowId: string;
  runId: string;
}

/** The newest migration with this workflow id, or of what the user called the service when starting it; or one that is known. */
export type MigrationId = string | MigrationRun;

export async function findMigration(client: Client, id: MigrationId): Promise<WorkflowHandle> {
  if (typeof id !== 'string') return client.workflow.getHandle(id.workflowId, id.runId);
  for (const workflowId of [id, migrationWorkflowId(id)]) {
    const handle = client.workflow.getHandle(workflowId);
    if (await exists(handle)) return handle;
  }
  throw new RefusedError('migration-not-found', `there is no migration "${id}"`, { next: 'List them with `carryon status`.' });
}

async function exists(handle: WorkflowHandle): Promise<boolean> {
  try {
    return (await handle.describe()).type === workflowTypes.migrate;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
