import { setTimeout as pause } from 'node:timers/promises';
import { CarryonError, UnavailableError } from '../../../domain/errors';
import type { EngineClient } from '../../../domain/engine';
import type { DeployOptions, OuterContainer } from '../../../domain/orchestrator';
import type { OuterSpec } from '../../../domain/service';
import { certify } from './certificate';
import type { DockerContext } from './context';
import { createOuter, runtimeImageMissing } from './create';
import { refuseEnded } from './ended';
import { asking, isMissing, isUnchanged } from './failure';
import { listOuter } from './list';
import { stopSignalOf } from './stop-signal';
import { wantedPrivileges } from './wanted-privileges';
import { ensureVolumes } from './volumes';

const answerTimeoutMs = 60_000;
const pollMs = 200;

/** Idempotent by service id: what is there is started and certified, not made again. */
export async function deployOuter(
  context: DockerContext,
  spec: OuterSpec,
  engine: (outer: OuterContainer) => EngineClient,
  { existingVolumes = 'refuse', arrives = false }: DeployOptions = {},
): Promise<OuterContainer> {
  const present = await only(context, spec.id);
  if (!present) {
    await requireRuntimeImage(context);
    await ensureVolumes(context, spec, existingVolumes);
    await createOuter(context, await withStopSignal(context, spec), { privileges: wantedPrivileges(), arrives });
  }
  const outer = present ?? (await only(context, spec.id));
  if (!outer) throw vanished(context, spec);
  try {
    await start(context, outer);
    await certify(context, outer.id, spec.id);
    await awaitEngine(context, outer, engine(outer));
  } catch (error) {
    throw (await isGoing(context, outer)) ? vanished(context, spec) : error;
  }
  return { ...outer, running: true };
}

/** A former source that is removed at this very moment fails in many ways; the next attempt makes a new one. */
async function isGoing({ docker, config }: DockerContext, { id }: OuterContainer): Promise<boolean> {
  return asking(config.id, 'look at the outer container', async () => {
    try {
      const { State } = await docker.getContainer(id).inspect();
      return State.Status === 'removing' || State.Dead;
    } catch (error) {
      if (isMissing(error)) return true;
      throw error;
    }
  });
}

/** Asked when the service is new. One that moves here brings what its image said; an image of that name here may be another. */
async function withStopSignal(context: DockerContext, spec: OuterSpec): Promise<OuterSpec> {
  if (spec.stopSignal !== undefined || spec.imageDigest !== undefined) return spec;
  const stopSignal = await stopSignalOf(context, spec.image);
  return { ...spec, ...(stopSignal !== undefined && { stopSignal }) };
}

async function only(context: DockerContext, service: string): Promise<OuterContainer | undefined> {
  return (await listOuter(context, service))[0];
}

async function start({ docker, config }: DockerContext, outer: OuterContainer): Promise<void> {
  if (outer.running) return;
  await asking(config.id, 'start the outer container', async () => {
    try {
      await docker.getContainer(outer.id).start();
    } catch (error) {
      if (!isUnchanged(error)) throw error;
    }
  });
}

async function requireRuntimeImage({ docker, config, image }: DockerContext): Promise<void> {
  await asking(config.id, `look for the image ${image}`, async () => {
    try {
      await docker.getImage(image).inspect();
    } catch (error) {
      throw isMissing(error) ? runtimeImageMissing(image, config.id) : error;
    }
  });
}

async function awaitEngine(context: DockerContext, outer: OuterContainer, engine: EngineClient): Promise<void> {
  const deadline = performance.now() + answerTimeoutMs;
  for (;;) {
    try {
      await engine.status();
      return;
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      await refuseEnded(context, context.docker.getContainer(outer.id));
      if (performance.now() > deadline) throw unreachable(context, outer, error);
    }
    await pause(pollMs);
  }
}

const unreachable = ({ config }: DockerContext, outer: OuterContainer, cause: unknown) =>
  new UnavailableError(
    'engine-unreachable',
    `The engine of ${outer.service.name} on cluster ${config.id} does not answer at ${outer.reach.host}:${outer.reach.apiPort}: ${(cause as Error).message}`,
    { cluster: config.id, next: `Check \`reach.host\` of cluster ${config.id} and that its ports ${config.ports.engine.first}-${config.ports.engine.last} are open.`, cause },
  );

const vanished = ({ config }: DockerContext, spec: OuterSpec) =>
  new CarryonError(`The outer container of ${spec.name} on cluster ${config.id} was removed while it was being made.`, {
    code: 'outer-container-removed',
    recovery: 'retry',
    cluster: config.id,
    next: 'Try again.',
  });
