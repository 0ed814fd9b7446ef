import type { V1Container, V1HTTPGetAction, V1TCPSocketAction } from '@kubernetes/client-node';
import type { PortMapping } from '../../domain/service';
import { hooks, probes } from './names';

/** The ports that have to lead to the application: those that it declares, and those at which kubelet asks for it. */
export function portsOf(user: V1Container): PortMapping[] {
  const declared = (user.ports ?? []).map(({ containerPort, protocol }) => mapping(containerPort, protocol === 'UDP' ? 'udp' : 'tcp'));
  const asked = askedPorts(user).map((port) => mapping(port, 'tcp'));
  return [...declared, ...asked].filter((port, index, all) => all.findIndex((other) => other.container === port.container && other.protocol === port.protocol) === index);
}

const mapping = (port: number, protocol: PortMapping['protocol']): PortMapping => ({ host: port, container: port, protocol });

function askedPorts(user: V1Container): number[] {
  const numberOf = (port: number | string): number | undefined => (typeof port === 'number' ? port : user.ports?.find(({ name }) => name === port)?.containerPort);
  // At an address of somebody else when it names a host.
  const at = (action?: V1HTTPGetAction | V1TCPSocketAction) => (action && !action.host ? numberOf(action.port) : undefined);
  const asking = [...probes.map((probe) => user[probe]), ...hooks.map((hook) => user.lifecycle?.[hook])];
  const grpc = probes.map((probe) => user[probe]?.grpc?.port);
  return [...asking.flatMap((handler) => [at(handler?.httpGet), at(handler?.tcpSocket)]), ...grpc].filter((port) => port !== undefined);
}
