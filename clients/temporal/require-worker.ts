import type { Client } from '@temporalio/client';
import { UnavailableError } from '../../domain/errors';
import { workflowQueue } from '../../domain/names';

/** TASK_QUEUE_TYPE_WORKFLOW of Temporal's API. */
const workflowTasks = 1;

/** Says at once what would otherwise be an endless wait. */
export async function requireWorker(client: Client): Promise<void> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: workflowQueue },
    taskQueueType: workflowTasks,
  });
  if (pollers && pollers.length > 0) return;
  throw new UnavailableError('no-worker', `Temporal is there, but nobody works on its queue "${workflowQueue}"`, {
    next: 'Start the coordinators with `carryon up`.',
  });
}
