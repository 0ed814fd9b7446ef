import type Docker from 'dockerode';
import { RefusedError } from '../../../domain/errors';
import { arrivesMark } from '../../../domain/names';
import type { OuterSpec } from '../../../domain/service';
import { markArchive } from '../archive';
import type { UsedPort } from '../used-port';
import type { DockerContext } from './context';
import { outerCreateOptions } from './create-options';
import { daemonWords, dockerFailure, isConflict, isMissing } from './failure';
import { chooseEnginePorts, contestedPort, portTaken, refuseTakenPorts } from './ports';
import { nextToLeaveOut, without, type OptionalCapability, type Privileges } from './privileges';
import { usedPorts } from './used-ports';

const attempts = 12;

/** Creates and starts the outer container; tries again with fewer optional capabilities or other engine ports where the daemon asks for it. */
export async function createOuter(context: DockerContext, spec: OuterSpec, { privileges: wanted, arrives }: { privileges: Privileges; arrives: boolean }): Promise<string> {
  const { docker, config, memory } = context;
  const used: UsedPort[] = await usedPorts(context);
  refuseTakenPorts(spec, used, config.id);
  const daemon = await daemonId(context);
  let missing = memory.refused(daemon);

  for (let attempt = 1; ; attempt += 1) {
    const ports = chooseEnginePorts(config.ports.engine, used, config.id);
    const request = { cluster: config.id, image: context.image, spec, ports, bind: config.ports.bind, privileges: without(wanted, missing) };
    let container: Docker.Container | undefined;
    try {
      container = await docker.createContainer(outerCreateOptions(request));
      if (arrives) await container.putArchive(await markArchive(arrivesMark.name), { path: arrivesMark.directory });
      await container.start();
      if (missing.length > 0) memory.remember(daemon, missing);
      return container.id;
    } catch (error) {
      await container?.remove({ force: true }).catch(() => undefined);
      if (attempt === attempts) throw dockerFailure(error, config.id, 'create the outer container');
      missing = adapt(context, spec, error, { used, missing });
    }
  }
}

/** What the daemon's refusal means for the next attempt: a port more that is used, or a capability less. Otherwise throws. */
function adapt({ config, image }: DockerContext, spec: OuterSpec, error: unknown, now: { used: UsedPort[]; missing: OptionalCapability[] }): OptionalCapability[] {
  const words = daemonWords(error);
  if (isMissing(error) && /no such image/i.test(words)) throw runtimeImageMissing(image, config.id);
  if (isConflict(error)) throw nameTaken(spec.name, config.id);
  const port = contestedPort(words);
  if (port) {
    const own = spec.ports.find(({ host }) => host === port);
    if (own) throw portTaken(port, own.protocol, 'another process of the host', config.id);
    now.used.push({ port, protocol: 'tcp', by: 'another process' });
    return now.missing;
  }
  const leaveOut = nextToLeaveOut(words, now.missing);
  if (!leaveOut) throw dockerFailure(error, config.id, 'start the outer container');
  return [...now.missing, leaveOut];
}

async function daemonId({ docker, config }: DockerContext): Promise<string> {
  try {
    return ((await docker.info()) as { ID?: string }).ID ?? 'unknown';
  } catch (error) {
    throw dockerFailure(error, config.id, 'ask what the daemon is');
  }
}

export const runtimeImageMissing = (image: string, cluster: string) =>
  new RefusedError('runtime-image-missing', `Cluster ${cluster} has no image ${image}, which every outer container runs.`, {
    cluster,
    next: `Build it with scripts/images.sh and load it there: docker save ${image} | docker -H HOST load.`,
  });

const nameTaken = (name: string, cluster: string) =>
  new RefusedError('name-taken', `Cluster ${cluster} has another container named ${name}.`, {
    cluster,
    next: `Choose another name, or remove that container (\`carryon rm ${name} --cluster ${cluster}\` when it is a relay or an old service of carryon).`,
  });
