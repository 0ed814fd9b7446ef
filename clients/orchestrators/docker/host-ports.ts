import type { DockerContext } from './context';
import type { UsedPort } from '../used-port';
import { probeHost } from './probe';
import { usedPorts } from './used-ports';

/** Ports that containers have or will have, and those at which other processes of the host listen. */
export async function portsInUse(context: DockerContext): Promise<UsedPort[]> {
  const [containers, probe] = await Promise.all([usedPorts(context), probeHost(context)]);
  const others = [...listeningPorts(probe.sockets.tcp, 'tcp'), ...listeningPorts(probe.sockets.udp, 'udp')];
  return [...containers, ...others.filter(({ port, protocol }) => !containers.some((known) => known.port === port && known.protocol === protocol))];
}

const tcpListen = '0A';
const udpUnconnected = '07';

/** Reads /proc/net/tcp or udp: local address and port in hexadecimal in the second column, the state in the fourth. */
export function listeningPorts(table: string, protocol: 'tcp' | 'udp'): UsedPort[] {
  const wanted = protocol === 'tcp' ? tcpListen : udpUnconnected;
  const ports = new Set<number>();
  for (const line of table.split('\n')) {
    const [, local, , state] = line.trim().split(/\s+/);
    const port = local?.split(':')[1];
    // Listeners at one address count too, loopback included: publishing at all addresses fails because of them.
    if (state === wanted && port) ports.add(parseInt(port, 16));
  }
  return [...ports].map((port) => ({ port, protocol, by: 'another process of the host' }));
}
