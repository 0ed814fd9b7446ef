import { labels } from '../../../domain/names';
import type { DockerContext } from './context';
import { asking } from './failure';
import type { UsedPort } from '../used-port';

interface Bound {
  Name: string;
  Config: { Labels?: Record<string, string> | null };
  HostConfig: { PortBindings?: Record<string, { HostPort?: string }[] | null> | null };
}

/** Fixed host ports of all containers, stopped ones too: they come back with their ports. `by` is the service's name for outer containers. */
export async function usedPorts({ docker, config }: DockerContext): Promise<UsedPort[]> {
  return asking(config.id, 'look for used ports', async () => {
    const listed = await docker.listContainers({ all: true });
    const inspected = await Promise.allSettled(listed.map(({ Id }) => docker.getContainer(Id).inspect()));
    // A container that went away since the listing holds no port any more.
    return inspected.flatMap((answer) => (answer.status === 'fulfilled' ? boundPorts(answer.value as Bound) : []));
  });
}

export function boundPorts({ Name, Config, HostConfig }: Bound): UsedPort[] {
  const by = Config.Labels?.[labels.name] ?? `container ${Name.replace(/^\//, '')}`;
  return Object.entries(HostConfig.PortBindings ?? {}).flatMap(([key, bindings]) => {
    const protocol = key.endsWith('/udp') ? ('udp' as const) : ('tcp' as const);
    return (bindings ?? []).flatMap(({ HostPort }) => (HostPort ? [{ port: Number(HostPort), protocol, by }] : []));
  });
}
