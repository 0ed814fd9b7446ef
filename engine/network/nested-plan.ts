import { join } from 'node:path';
import { command, sysctl, type Command } from './command';
import { gatewayMac, nestedDevice, nestedGateway, nestedMac, nestedMtu, netnsName } from './names';

export const netnsPath = (runDirectory: string) => join(runDirectory, 'netns', netnsName);

/** The namespace is held by a bind mount, not by a process: it outlives the sandbox, and the relay after it. */
export function makeNamespace(path: string): Command[] {
  return [
    { argv: ['mkdir', '-p', join(path, '..')] },
    { argv: ['touch', path] },
    { argv: ['unshare', `--net=${path}`, 'true'] },
  ];
}

export const dropNamespace = (path: string): Command[] => [
  { argv: ['ip', 'link', 'delete', nestedDevice], already: /Cannot find device/ },
  { argv: ['umount', path], already: /no mount point|not mounted/ },
  { argv: ['rm', '-f', path] },
];

export function makeDevices(path: string): Command[] {
  return [
    command(`ip link add ${nestedDevice} address ${gatewayMac} mtu ${nestedMtu} type veth peer name cnested address ${nestedMac} mtu ${nestedMtu}`),
    { argv: ['ip', 'link', 'set', 'cnested', 'netns', path] },
    inside(path, 'ip link set cnested name eth0'),
  ];
}

/** Repeatable: whatever of it is there already stays. */
export function configureNested(path: string, address: string): Command[] {
  return [
    sysctl('net/ipv4/ip_forward', 1),
    // A connection is picked up in the middle after a move, and its packets may take two ways.
    sysctl('net/netfilter/nf_conntrack_tcp_be_liberal', 1),
    sysctl('net/netfilter/nf_conntrack_tcp_loose', 1),
    ...['all', 'default', nestedDevice].flatMap((name) => [sysctl(`net/ipv4/conf/${name}/rp_filter`, 0), sysctl(`net/ipv4/conf/${name}/send_redirects`, 0)]),
    command(`ip address replace ${nestedGateway}/32 dev ${nestedDevice}`),
    command(`ip link set ${nestedDevice} up`),
    command(`ip neighbour replace ${address} lladdr ${nestedMac} dev ${nestedDevice} nud permanent`),
    inside(path, 'ip link set lo up'),
    inside(path, `ip address replace ${address}/32 dev eth0`),
    inside(path, 'ip link set eth0 up'),
    inside(path, `ip neighbour replace ${nestedGateway} lladdr ${gatewayMac} dev eth0 nud permanent`),
    inside(path, `ip route replace ${nestedGateway}/32 dev eth0`),
    inside(path, `ip route replace default via ${nestedGateway} dev eth0`),
  ];
}

/** IPv6 is not carried to a peer: an address that only seems to work would mislead the application. Absent where the kernel has no IPv6. */
export const silenceIpv6 = (path: string): Command[] => ([
  sysctl(`net/ipv6/conf/${nestedDevice}/disable_ipv6`, 1),
  { argv: ['nsenter', `--net=${path}`, 'tee', '/proc/sys/net/ipv6/conf/eth0/disable_ipv6'], input: '1' },
] satisfies Command[]).map((each) => ({ ...each, already: /No such file or directory/ }));

const inside = (path: string, line: string): Command => ({ argv: ['nsenter', `--net=${path}`, ...line.split(' ')] });
