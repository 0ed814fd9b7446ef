import { proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type { ClusterActivities } from '../activities';
import type { DeploymentActivities } from '../activities/deployment';
import { clusterQueue, workflowQueue } from '../domain/names';
import { probe } from './options';

/** Activities of a cluster's coordinator; the summary is what the Temporal UI shows beside the event. */
export const on = (cluster: string, options: ActivityOptions, summary: string) =>
  proxyActivities<ClusterActivities>({ ...options, taskQueue: clusterQueue(cluster), summary: `${cluster}: ${summary}` });

export const deployment = () => proxyActivities<DeploymentActivities>({ ...probe, taskQueue: workflowQueue, summary: 'configured clusters' });
