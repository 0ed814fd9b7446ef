import { Worker, type NativeConnection, type WorkflowBundleOption } from '@temporalio/worker';
import { createDeploymentActivities, type Deployment } from '../activities/deployment';
import { workflowQueue } from '../domain/names';

export interface WorkflowWorkerOptions {
  connection: NativeConnection;
  namespace: string;
  deployment: Deployment;
  /** Made ahead of time by the build, or from the sources. */
  workflows: { workflowBundle: WorkflowBundleOption } | { workflowsPath: string };
}

/** Decides and waits; it has no credentials of any cluster. */
export const createWorkflowWorker = ({ connection, namespace, deployment, workflows }: WorkflowWorkerOptions): Promise<Worker> =>
  Worker.create({
    connection,
    namespace,
    taskQueue: workflowQueue,
    identity: 'carryon://workflows',
    activities: createDeploymentActivities(deployment),
    ...workflows,
  });
