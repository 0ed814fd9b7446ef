import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { migrationWorkflowId } from '../../domain/names';
import type { MigrationRun } from './find-migration';
import { askerMemo } from './start-migration';

/** The migration of the service that this asker has started, whether it goes on or has ended; undefined when there is none. */
export async function migrationStartedFor(client: Client, service: string, asker: string): Promise<MigrationRun | undefined> {
  const workflowId = migrationWorkflowId(service);
  const newest = await newestRun(client, workflowId);
  if (!newest) return undefined;
  if (newest.memo?.[askerMemo] === asker) return { workflowId, runId: newest.runId };
  // Another one has followed it. The index that knows earlier runs may lag behind, but not behind the end of a run and the start of the next.
  for await (const { runId, memo } of client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) {
    if (memo?.[askerMemo] === asker) return { workflowId, runId };
  }
  return undefined;
}

async function newestRun(client: Client, workflowId: string) {
  try {
    return await client.workflow.getHandle(workflowId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
