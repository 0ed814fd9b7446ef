import { Worker, type NativeConnection } from '@temporalio/worker';
import { createClusterActivities } from '../activities';
import type { ClusterDependencies } from '../activities/dependencies';
import { heartbeatMs, heartbeats } from '../activities/heartbeat';
import { clusterQueue, coordinatorIdentity } from '../domain/names';
import type { Orchestrator } from '../domain/orchestrator';
import type { ClusterPolicy } from '../domain/policy';

export interface ClusterWorkerOptions {
  connection: NativeConnection;
  namespace: string;
  orchestrator: Orchestrator;
  policy?: ClusterPolicy;
  cutover?: ClusterDependencies['cutover'];
}

/** A step that is under way gets this long to end when the coordinator is told to stop; then Temporal hands it to the next one. */
const graceTime = '20 s';

/** The coordinator of one cluster: the only holder of that cluster's credentials. */
export const createClusterWorker = ({ connection, namespace, orchestrator, policy, cutover }: ClusterWorkerOptions): Promise<Worker> =>
  Worker.create({
    connection,
    namespace,
    taskQueue: clusterQueue(orchestrator.cluster),
    identity: coordinatorIdentity(orchestrator.cluster),
    activities: createClusterActivities({ orchestrator, policy, cutover }),
    interceptors: { activity: [heartbeats] },
    shutdownGraceTime: graceTime,
    maxHeartbeatThrottleInterval: heartbeatMs,
    // A frozen service must not wait behind long transfers of others.
    maxConcurrentActivityTaskExecutions: 50,
  });
