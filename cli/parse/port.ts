import type { PortMapping } from '../../domain/service';
import { UsageError } from '../usage-error';

const advice = 'Write HOST:CONTAINER, for example -p 8080:80 or -p 53:53/udp.';

export function parsePort(text: string): PortMapping {
  const match = /^(\d+):(\d+)(?:\/(tcp|udp))?$/.exec(text);
  if (!match) {
    if (/^\d+(\/(tcp|udp))?$/.test(text)) throw new UsageError(`-p ${text}: the host port is missing; it has to be the same wherever the service goes.`, advice);
    if (/^[^/]+:\d+:\d+/.test(text)) throw new UsageError(`-p ${text}: a host address would not be there in another cluster.`, advice);
    throw new UsageError(`-p ${text}: not a port mapping.`, advice);
  }
  const protocol = match[3] === 'udp' ? 'udp' : 'tcp';
  return { host: portNumber(match[1], text), container: portNumber(match[2], text), protocol };
}

function portNumber(digits: string | undefined, text: string): number {
  const port = Number(digits);
  if (port >= 1 && port <= 65535) return port;
  throw new UsageError(`-p ${text}: ${digits ?? ''} is not a port between 1 and 65535.`, advice);
}

/** One host port can be published once. */
export function refuseDoublePorts(ports: PortMapping[]): void {
  const double = ports.find((port, index) => ports.findIndex((other) => other.host === port.host && other.protocol === port.protocol) !== index);
  if (double) throw new UsageError(`-p: the host port ${double.host}/${double.protocol} is published twice.`, 'Leave one of them out.');
}
