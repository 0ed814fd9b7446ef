import { WorkflowFailedError, type Client } from '@temporalio/client';
import type { MigrationPlan, MigrationRequest } from '../../domain/migration';
import { workflowQueue, workflowTypes } from '../../domain/names';
import { errorOfFailure } from './error-of-failure';

export async function planMigration(client: Client, workflowId: string, request: MigrationRequest): Promise<MigrationPlan> {
  try {
    return (await client.workflow.execute(workflowTypes.plan, {
      workflowId,
      taskQueue: workflowQueue,
      args: [request],
      staticSummary: `plan of ${request.service} to ${request.to}`,
    })) as MigrationPlan;
  } catch (error) {
    throw error instanceof WorkflowFailedError ? errorOfFailure(error) : error;
  }
}
