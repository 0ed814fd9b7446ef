import type { EngineClient } from '../../../domain/engine';
import { CarryonError, RefusedError } from '../../../domain/errors';
import type { DeployOptions, OuterContainer } from '../../../domain/orchestrator';
import type { OuterSpec } from '../../../domain/service';
import { adopt } from './adopt';
import { awaitEngine } from './await-engine';
import { certify } from './certificate';
import type { KubernetesContext } from './context';
import { createOuter, ensureServices } from './create';
import { bring } from './deployed/bring';
import { takeAway } from './deployed/take-away';
import { listFound, type Found } from './list';
import { removeOne } from './remove';
import { scale } from './scale';
import { standInFor } from './stand-in';
import { startedPod } from './started-pod';

/** Idempotent by service id: what is there is started and certified, not made again. What it made and what does not start is removed again, but for the volumes. */
export async function deployOuter(
  context: KubernetesContext,
  spec: OuterSpec,
  engine: (outer: OuterContainer) => EngineClient,
  { existingVolumes = 'refuse', arrives = false, deployed }: DeployOptions = {},
): Promise<OuterContainer> {
  const there = await only(context, spec.id);
  const present = there && !isPassing(there) ? there : ((arrives ? await arriving(context, spec, deployed) : undefined) ?? there);
  if (present?.kind === 'Intercepted') {
    refuseOtherVolumes(context, present, spec);
    return adopt(context, present, engine);
  }
  if (present) await scale(context, present, 1);
  else await create(context, spec, { existingVolumes, arrives });
  const made = present ?? (await only(context, spec.id));
  if (!made) throw vanished(context, spec);
  const pod = await started(context, made).catch(async (error: unknown) => {
    if (!present) await removeOne(context, (await only(context, spec.id)) ?? made);
    if (!present && arrives) await takeAway(context, spec.id);
    throw error;
  });
  const found = await only(context, spec.id);
  if (!found) throw vanished(context, spec);
  await certify(context, pod, spec.id);
  await awaitEngine(context, found.outer, engine(found.outer));
  return { ...found.outer, running: true };
}

/** Volumes that were made before the rest is refused are not left, if nothing of the service was ever in them. */
async function create(context: KubernetesContext, spec: OuterSpec, options: Parameters<typeof createOuter>[2]): Promise<void> {
  try {
    await createOuter(context, spec, options);
  } catch (error) {
    // Where the answer was lost the rest may have been made.
    if (options.arrives && error instanceof RefusedError) await takeAway(context, spec.id).catch(() => undefined);
    throw error;
  }
}

/** In a pod of what the user has deployed: here, or at the source, which is made here as well then. */
async function arriving(context: KubernetesContext, spec: OuterSpec, deployed: string | undefined): Promise<Found | undefined> {
  const home = await standInFor(context, spec);
  if (home || deployed === undefined) return home;
  try {
    await bring(context, spec, await (await context.sealingKey()).open(deployed));
    return await standInFor(context, spec);
  } catch (error) {
    // The reason counts, whatever becomes of that.
    await takeAway(context, spec.id).catch(() => undefined);
    throw error;
  }
}

/** A user's pod that has ended, or is about to: whatever made it makes another one. */
const isPassing = ({ kind, outer, pod }: Found) => kind === 'Intercepted' && (!outer.running || pod?.metadata?.deletionTimestamp !== undefined);

/** A user may have changed the template since the service left: files of a volume that is not there any more would come to lie in the pod, and go with it. */
function refuseOtherVolumes({ config }: KubernetesContext, { object, outer }: Found, { name, volumes }: OuterSpec): void {
  const missing = volumes.filter((volume) => !outer.spec.volumes.some((there) => there.name === volume.name)).map((volume) => volume.name);
  if (missing.length === 0) return;
  throw new RefusedError('volumes-changed', `The pod ${object} of cluster ${config.id} has no ${missing.length === 1 ? 'volume' : 'volumes'} ${missing.join(', ')}, and ${name} has files there.`, {
    cluster: config.id,
    next: 'Give the template its volumes back, by the names that they had, and migrate again.',
  });
}

const only = async (context: KubernetesContext, service: string): Promise<Found | undefined> => (await listFound(context, service))[0];

/** Name of the pod, once its container runs and its ports lead to it. */
async function started(context: KubernetesContext, made: Found): Promise<string> {
  // What a user has changed of those that are there is his.
  if (made.outer.reach.apiPort === 0) await ensureServices(context, made);
  return (await startedPod(context, made.outer.spec, 'outer')).name;
}

const vanished = ({ config }: KubernetesContext, spec: OuterSpec) =>
  new CarryonError(`The outer container of ${spec.name} on cluster ${config.id} was removed while it was being made.`, { code: 'outer-container-removed', recovery: 'retry', cluster: config.id, next: 'Try again.' });
