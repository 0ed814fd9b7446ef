import { join } from 'node:path';
import { command, ipBatch, nft, sysctls, within, type Command } from './command';
import { gatewayMac, nestedDevice, nestedGateway, nestedMac, nestedMtu, netnsName, quietTable } from './names';
import { clear } from './ruleset';

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
  // A driver that died left it closed. Since Linux 6.16 its hook takes hold again of any device of the same name.
  nft(clear(quietTable, 'netdev')),
];

export const makeDevices = (path: string): Command[] => [
  command(`ip link add ${nestedDevice} address ${gatewayMac} mtu ${nestedMtu} type veth peer name cnested address ${nestedMac} mtu ${nestedMtu}`),
  { argv: ['ip', 'link', 'set', 'cnested', 'netns', path] },
  within(path, command('ip link set cnested name eth0')),
];

/** Repeatable: whatever of it is there already stays. */
export const configureNested = (path: string, address: string): Command[] => [
  sysctls({
    'net/ipv4/ip_forward': 1,
    // A connection is picked up in the middle after a move, and its packets may take two ways.
    'net/netfilter/nf_conntrack_tcp_be_liberal': 1,
    'net/netfilter/nf_conntrack_tcp_loose': 1,
    ...asymmetricRouting('all'),
    ...asymmetricRouting('default'),
    ...asymmetricRouting(nestedDevice),
    [`net/ipv6/conf/${nestedDevice}/disable_ipv6`]: 1,
  }),
  // IPv6 is not carried to a peer: an address that only seems to work would mislead the application.
  within(path, sysctls({ 'net/ipv6/conf/eth0/disable_ipv6': 1 })),
  ipBatch(
    `address replace ${nestedGateway}/32 dev ${nestedDevice}`,
    `link set ${nestedDevice} up`,
    `neighbour replace ${address} lladdr ${nestedMac} dev ${nestedDevice} nud permanent`,
  ),
  within(path, ipBatch(
    'link set lo up',
    `address replace ${address}/32 dev eth0`,
    'link set eth0 up',
    `neighbour replace ${nestedGateway} lladdr ${gatewayMac} dev eth0 nud permanent`,
    `route replace ${nestedGateway}/32 dev eth0`,
    `route replace default via ${nestedGateway} dev eth0`,
  )),
];

/** Replies may leave by another device than the one that the question came by. */
export const asymmetricRouting = (device: string) => ({ [`net/ipv4/conf/${device}/rp_filter`]: 0, [`net/ipv4/conf/${device}/send_redirects`]: 0 });
