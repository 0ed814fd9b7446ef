import { WorkflowNotFoundError, type Client, type WorkflowHandle } from '@temporalio/client';
import { RefusedError } from '../../domain/errors';
import { migrationWorkflowId, workflowTypes } from '../../domain/names';

/** By workflow id, or by what the user called the service when starting it. */
export async function findMigration(client: Client, id: string): Promise<WorkflowHandle> {
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
