import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import { interceptedContainer } from './intercepted';
import { containerName } from './names';

/** The outer container is a native sidecar where the interceptor has put it beside a user's container. */
const statusesOf = ({ status }: V1Pod): V1ContainerStatus[] => [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
const statusOf = (pod: V1Pod) => statusesOf(pod).find(({ name }) => name === containerName);
/** Of a rewritten pod the ambassador's exit code is the application's. */
const statusOfApplication = (pod: V1Pod) => statusesOf(pod).find(({ name }) => name === (interceptedContainer(pod) ?? containerName));

/** It has ended and is not started again. */
export const isOver = ({ status }: V1Pod) => status?.phase === 'Succeeded' || status?.phase === 'Failed';

export const isStarted = (pod: V1Pod) => pod.metadata?.deletionTimestamp === undefined && statusOf(pod)?.state?.running !== undefined;

/** The user's container too, of a rewritten pod: what its image or its Secrets lack shows only there. */
export const isComplete = (pod: V1Pod) => isStarted(pod) && statusOfApplication(pod)?.state?.running !== undefined;

export const exitCodeOf = (pod: V1Pod): number | undefined => statusOfApplication(pod)?.state?.terminated?.exitCode;

/** These pass by themselves. */
const underway = ['ContainerCreating', 'PodInitializing'];
/** Nothing that time would mend. */
const hopeless = ['ErrImageNeverPull', 'ImagePullBackOff', 'InvalidImageName', 'CreateContainerConfigError', 'CreateContainerError', 'RunContainerError', 'CrashLoopBackOff'];

export interface Trouble {
  /** In Kubernetes' words. */
  reason: string;
  message: string;
  /** Waiting would not help. */
  final: boolean;
}

/** Why a pod does not run (yet). */
export function troubleOf(pod: V1Pod): Trouble | undefined {
  for (const status of [statusOf(pod), statusOfApplication(pod)]) {
    const ended = status?.state?.terminated;
    if (ended) return { reason: ended.reason ?? 'Terminated', message: ended.message ?? `it ended with code ${ended.exitCode}`, final: isOver(pod) };
    const waiting = status?.state?.waiting;
    if (waiting?.reason && !underway.includes(waiting.reason)) return { reason: waiting.reason, message: waiting.message ?? '', final: hopeless.includes(waiting.reason) };
  }
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False') return { reason: scheduled.reason ?? 'Unschedulable', message: scheduled.message ?? '', final: false };
  return undefined;
}

/** Stable code of a reason that users can do something about; undefined for others. */
export function codeOf(reason: string): 'image-not-pullable' | 'unschedulable' | undefined {
  if (['ErrImageNeverPull', 'ErrImagePull', 'ImagePullBackOff', 'InvalidImageName'].includes(reason)) return 'image-not-pullable';
  return reason === 'Unschedulable' ? 'unschedulable' : undefined;
}
