import { Connection } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { clusterQueue, workflowQueue } from '../../../domain/names';
import { eventually } from './await';

const { TaskQueueType } = temporal.api.enums.v1;

/** Resolves when every cluster's coordinator, and whoever runs the workflows, asks Temporal for work. */
export async function awaitCoordinators(address: string, clusters: readonly string[], timeoutMs = 60_000): Promise<void> {
  const connection = await eventually(`Temporal at ${address}`, () => Connection.connect({ address, connectTimeout: 2_000 }), timeoutMs);
  try {
    const polled = async (name: string, taskQueueType: temporal.api.enums.v1.TaskQueueType) => {
      const { pollers } = await connection.workflowService.describeTaskQueue({ namespace: 'default', taskQueue: { name }, taskQueueType });
      return (pollers?.length ?? 0) > 0;
    };
    await eventually('a worker for workflows', () => polled(workflowQueue, TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW), timeoutMs);
    for (const cluster of clusters) await eventually(`the coordinator of ${cluster}`, () => polled(clusterQueue(cluster), TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY), timeoutMs);
  } finally {
    await connection.close();
  }
}
