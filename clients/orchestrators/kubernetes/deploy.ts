import { setTimeout as pause } from 'node:timers/promises';
import type { EngineClient } from '../../../domain/engine';
import { CarryonError, MigrationFailedError, UnavailableError } from '../../../domain/errors';
import type { DeployOptions, OuterContainer } from '../../../domain/orchestrator';
import type { OuterSpec } from '../../../domain/service';
import { certify } from './certificate';
import type { KubernetesContext } from './context';
import { createOuter, ensureServices } from './create';
import { listFound, type Found } from './list';
import { keys } from './names';
import { isStarted, troubleOf, type Trouble } from './pod-state';
import { removeOne } from './remove';
import { scale } from './scale';
import { watchPod } from './watch-pod';

const startTimeoutMs = 120_000;
const answerTimeoutMs = 60_000;
const pollMs = 200;

/** Idempotent by service id: what is there is started and certified, not made again. What it made and what does not start is removed again, but for the volumes. */
export async function deployOuter(
  context: KubernetesContext,
  spec: OuterSpec,
  engine: (outer: OuterContainer) => EngineClient,
  { existingVolumes = 'refuse', arrives = false }: DeployOptions = {},
): Promise<OuterContainer> {
  const present = await only(context, spec.id);
  if (present) await scale(context, present, 1);
  else await createOuter(context, spec, { existingVolumes, arrives });
  const made = present ?? (await only(context, spec.id));
  if (!made) throw vanished(context, spec);
  const pod = await started(context, made).catch(async (error: unknown) => {
    if (!present) await removeOne(context, (await only(context, spec.id)) ?? made);
    throw error;
  });
  const found = await only(context, spec.id);
  if (!found) throw vanished(context, spec);
  await certify(context, pod, spec.id);
  await awaitEngine(context, found.outer, engine(found.outer));
  return { ...found.outer, running: true };
}

const only = async (context: KubernetesContext, service: string): Promise<Found | undefined> => (await listFound(context, service))[0];

/** Name of the pod, once its container runs and its ports lead to it. */
async function started(context: KubernetesContext, made: Found): Promise<string> {
  // What a user has changed of those that are there is his.
  if (made.outer.reach.apiPort === 0) await ensureServices(context, made);
  const { spec } = made.outer;
  let trouble: Trouble | undefined;
  const name = await watchPod(context, { service: spec.id, role: 'outer' }, startTimeoutMs, (pod) => {
    // One that is being removed is followed by another.
    if (pod.metadata?.deletionTimestamp) return undefined;
    trouble = troubleOf(pod);
    if (trouble?.final) throw notStarted(context, spec, trouble);
    return isStarted(pod) ? pod.metadata?.name : undefined;
  });
  if (name !== undefined) return name;
  throw notStarted(context, spec, trouble ?? { reason: 'Pending', message: `no pod of it ran within ${startTimeoutMs / 1000} s`, final: false });
}

const notStarted = ({ config, namespace }: KubernetesContext, { id, name }: OuterSpec, { reason, message }: Trouble) =>
  new MigrationFailedError('outer-container-not-started', `The pod of ${name} on cluster ${config.id} does not start: ${reason}${message ? `: ${message}` : ''}.`, {
    cluster: config.id,
    next: `See kubectl -n ${namespace} describe pod -l ${keys.service}=${id}, and kubectl -n ${namespace} get events`,
  });

async function awaitEngine({ config, namespace }: KubernetesContext, { service, reach }: OuterContainer, engine: EngineClient): Promise<void> {
  for (const deadline = performance.now() + answerTimeoutMs; ; await pause(pollMs)) {
    try {
      await engine.status();
      return;
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      if (performance.now() < deadline) continue;
      throw new UnavailableError('engine-unreachable', `The engine of ${service.name} on cluster ${config.id} does not answer at ${reach.host}:${reach.apiPort}: ${error.message}`, {
        cluster: config.id,
        next: `Check \`reach.host\` of cluster ${config.id}: it is an address at which the node ports of the cluster answer. Does a NetworkPolicy of namespace ${namespace} keep them out?`,
        cause: error,
      });
    }
  }
}

const vanished = ({ config }: KubernetesContext, spec: OuterSpec) =>
  new CarryonError(`The outer container of ${spec.name} on cluster ${config.id} was removed while it was being made.`, { code: 'outer-container-removed', recovery: 'retry', cluster: config.id, next: 'Try again.' });
