import type { Client } from '@temporalio/client';
import pRetry from 'p-retry';
import { UnavailableError } from '../../domain/errors';
import { workflowQueue } from '../../domain/names';

/** TASK_QUEUE_TYPE_WORKFLOW of Temporal's API. */
const workflowTasks = 1;
/** A worker that has just been started shows up with its first poll. */
const patience = { retries: 4, minTimeout: 250, factor: 2 };

/** Says within a few seconds what would otherwise be an endless wait. */
export function requireWorker(client: Client): Promise<void> {
  return pRetry(() => seek(client), { ...patience, shouldRetry: (error) => error instanceof UnavailableError });
}

async function seek(client: Client): Promise<void> {
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
