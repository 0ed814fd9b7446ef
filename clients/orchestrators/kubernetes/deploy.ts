import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { PatchStrategy, type KubernetesObject } from '@kubernetes/client-node';
import type { EngineClient } from '../../../domain/engine';
import { CarryonError, MigrationFailedError, RefusedError, UnavailableError } from '../../../domain/errors';
import { serviceVolume } from '../../../domain/names';
import type { DeployOptions, OuterContainer } from '../../../domain/orchestrator';
import type { OuterSpec } from '../../../domain/service';
import { certify } from './certificate';
import type { KubernetesContext } from './context';
import { asking, isMissing } from './failure';
import { listFound } from './list';
import { applicationService, claim, claimNames, engineService, workload, type Manifest } from './manifest';
import { fieldManager, keys, objectName } from './names';
import { isStarted, troubleOf, type Trouble } from './pod-state';
import { scale } from './scale';
import { watchPod } from './watch-pod';

const startTimeoutMs = 120_000;
const answerTimeoutMs = 60_000;
const pollMs = 200;

/** Idempotent by service id: what is there is started and certified, not made again. */
export async function deployOuter(
  context: KubernetesContext,
  spec: OuterSpec,
  engine: (outer: OuterContainer) => EngineClient,
  { existingVolumes = 'refuse', arrives = false }: DeployOptions = {},
): Promise<OuterContainer> {
  const present = (await listFound(context, spec.id))[0];
  if (present) await scale(context, present, 1);
  else await create(context, spec, { existingVolumes, arrives });
  const pod = await awaitPod(context, spec);
  const found = present ?? (await listFound(context, spec.id))[0];
  if (!found) throw vanished(context, spec);
  await certify(context, pod, spec.id);
  await awaitEngine(context, found.outer, engine(found.outer));
  return { ...found.outer, running: true };
}

async function create(context: KubernetesContext, spec: OuterSpec, { existingVolumes, arrives }: Required<DeployOptions>): Promise<void> {
  const { config, namespace, image } = context;
  const manifest: Manifest = { cluster: config.id, namespace, image, spec, ...(arrives && { arrival: randomUUID() }) };
  await refuseTaken(context, spec);
  await ensureClaims(context, manifest, existingVolumes);
  const application = applicationService(manifest, config.kubernetes.expose);
  const made = await apply(context, workload(manifest), 'make the outer container');
  const owner = { apiVersion: made.apiVersion ?? '', kind: made.kind ?? '', name: made.metadata?.name ?? '', uid: made.metadata?.uid ?? '' };
  for (const service of [engineService(manifest), ...(application ? [application] : [])]) {
    await apply(context, { ...service, metadata: { ...service.metadata, ownerReferences: [owner] } }, `make the Service ${service.metadata?.name}`);
  }
}

const apply = <T extends KubernetesObject>({ objects, config }: KubernetesContext, object: T, doing: string): Promise<T> =>
  asking(config.id, doing, () => objects.patch(object, undefined, undefined, fieldManager, true, PatchStrategy.ServerSideApply));

/** Server-side apply would take over an object of the same name that is somebody else's. */
async function refuseTaken({ apps, core, config, namespace }: KubernetesContext, spec: OuterSpec): Promise<void> {
  const name = objectName(spec.name);
  const looks = { StatefulSet: () => apps.readNamespacedStatefulSet({ name, namespace }), Pod: () => core.readNamespacedPod({ name, namespace }), Service: () => core.readNamespacedService({ name, namespace }) };
  for (const [kind, look] of Object.entries(looks)) {
    const owner = await ownerOf(config.id, `look for the ${kind} ${name}`, look);
    if (owner === undefined || owner === spec.id) continue;
    throw new RefusedError('name-taken', `Cluster ${config.id} has a ${kind} ${name} already that does not belong to ${spec.name}.`, { cluster: config.id, next: `Rename or remove it: kubectl -n ${namespace} delete ${kind.toLowerCase()} ${name}` });
  }
}

/** Service of an object, '' when it is not ours, undefined when there is none. */
const ownerOf = (cluster: string, doing: string, look: () => Promise<KubernetesObject>): Promise<string | undefined> =>
  asking(cluster, doing, async () => {
    try {
      return (await look()).metadata?.labels?.[keys.service] ?? '';
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  });

/** A claim of a user that is not this service's is used only when the caller says so: a migration would replace its files by the source's. */
async function ensureClaims(context: KubernetesContext, manifest: Manifest, existing: 'use' | 'refuse'): Promise<void> {
  const { core, config, namespace } = context;
  const { spec } = manifest;
  const own = serviceVolume(spec.id);
  const owners = new Map<string, string | undefined>();
  for (const name of claimNames(spec)) owners.set(name, await ownerOf(config.id, `look for the volume ${name}`, () => core.readNamespacedPersistentVolumeClaim({ name, namespace })));
  const livedHere = owners.get(own) !== undefined;
  for (const [name, owner] of owners) {
    if (owner === undefined || owner === spec.id || existing === 'use' || livedHere) continue;
    throw new RefusedError('volume-taken', `Cluster ${config.id} has a PersistentVolumeClaim ${name} already that does not belong to ${spec.name}.`, {
      cluster: config.id,
      next: `Rename or remove it there (kubectl -n ${namespace} delete pvc ${name}); carryon does not overwrite its files.`,
    });
  }
  for (const [name, owner] of owners) {
    if (owner === undefined) await apply(context, claim(manifest, name, config.kubernetes), `make the volume ${name}`);
  }
}

/** Name of the pod, once its container runs. */
async function awaitPod(context: KubernetesContext, spec: OuterSpec): Promise<string> {
  let trouble: Trouble | undefined;
  const name = await watchPod(context, spec.id, startTimeoutMs, (pod) => {
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
    next: `See kubectl -n ${namespace} describe pod -l ${keys.service}=${id}`,
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
