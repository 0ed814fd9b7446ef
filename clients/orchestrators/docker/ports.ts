import { RefusedError } from '../../../domain/errors';
import { enginePort, handoffPort, tunnelPort } from '../../../domain/names';
import type { OuterSpec } from '../../../domain/service';
import type { UsedPort } from '../used-port';
import type { EnginePorts } from './labels';

/** The lowest three free ports of the range. */
export function chooseEnginePorts(range: { first: number; last: number }, used: UsedPort[], cluster: string): EnginePorts {
  const taken = new Set(used.map(({ port }) => port));
  const free: number[] = [];
  for (let port = range.first; port <= range.last && free.length < 3; port += 1) if (!taken.has(port)) free.push(port);
  const [api, handoff, tunnel] = free;
  if (api && handoff && tunnel) return { api, handoff, tunnel };
  throw new RefusedError('engine-ports-exhausted', `No three ports are free in ${range.first}-${range.last} on cluster ${cluster}.`, {
    cluster,
    next: `Widen \`ports.engine\` of cluster ${cluster} in carryon.yaml, or remove services that are not needed with \`carryon rm\`.`,
  });
}

/** Throws when a published port of the service cannot be had. */
export function refuseTakenPorts(spec: OuterSpec, used: UsedPort[], cluster: string): void {
  for (const { host, container, protocol } of spec.ports) {
    const holder = used.find((other) => other.port === host && other.protocol === protocol);
    if (holder) throw portTaken(host, protocol, holder.by, cluster);
    if (reserved.some((other) => other.port === container && other.protocol === protocol)) {
      throw new RefusedError('port-reserved', `The container port ${container}/${protocol} is used by carryon itself in the outer container.`, {
        cluster,
        next: 'Let the application listen on another port.',
      });
    }
  }
}

export function portTaken(port: number, protocol: string, by: string, cluster: string): RefusedError {
  return new RefusedError('port-taken', `Port ${port}/${protocol} on cluster ${cluster} is used by ${by}.`, {
    cluster,
    next: 'Free it, or publish another port.',
  });
}

const reserved = [
  { port: enginePort, protocol: 'tcp' },
  { port: handoffPort, protocol: 'tcp' },
  { port: tunnelPort, protocol: 'udp' },
];

/** The host port over which the daemon stumbled, when that is why a container did not start. */
export function contestedPort(daemonWords: string): number | undefined {
  if (!/already allocated|address already in use/i.test(daemonWords)) return undefined;
  const port = /(?:for|(?:tcp|udp)[46]?) \S*?:(\d+)/.exec(daemonWords)?.[1];
  return port ? Number(port) : undefined;
}
