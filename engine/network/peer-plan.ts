import type { TunnelPair } from './addresses';
import { command, ipBatch, sysctls, type Command } from './command';
import { keepaliveSeconds, nestedDevice, nestedMtu, peerDevice, peerGateway, peerMark, vxlanPort } from './names';
import { asymmetricRouting } from './nested-plan';
import type { PeerState } from './state';

/** What is done for one peer, in order; every command may be repeated. */
export function peerPlan(peer: PeerState, pair: TunnelPair, address: string, tunnelDevice: string): Command[] {
  const [device, gateway, mark] = [peerDevice(peer.n), peerGateway(peer.n), peerMark(peer.n)];
  return [
    { argv: ['wg', 'set', tunnelDevice, 'peer', peer.publicKey, 'allowed-ips', `${pair.peer}/32`, 'persistent-keepalive', String(keepaliveSeconds), ...(peer.endpoint ? ['endpoint', peer.endpoint] : [])] },
    ipBatch(`address replace ${pair.own}/32 dev ${tunnelDevice}`, `route replace ${pair.peer}/32 dev ${tunnelDevice} src ${pair.own}`),
    command(`ip link add ${device} address ${pair.ownMac} mtu ${nestedMtu} type vxlan id ${pair.vni} local ${pair.own} remote ${pair.peer} dstport ${vxlanPort} nolearning`, { already: /File exists/ }),
    sysctls({ ...asymmetricRouting(device), [`net/ipv6/conf/${device}/disable_ipv6`]: 1 }),
    ipBatch(
      `link set ${device} up`,
      `neighbour replace ${gateway} lladdr ${pair.peerMac} dev ${device} nud permanent`,
      `route replace default via ${gateway} dev ${device} onlink table ${mark}`,
    ),
    // Only what comes from the service: the tunnel's own packets inherit the mark and must not follow it.
    command(`ip rule add from ${address} fwmark ${mark} table ${mark} priority ${mark}`, { already: /File exists/ }),
  ];
}

export function dropPeerPlan(peer: PeerState, address: string, tunnelDevice: string, pair: TunnelPair): Command[] {
  const mark = peerMark(peer.n);
  return [
    command(`ip rule delete from ${address} fwmark ${mark} table ${mark}`, { already: /No such file or directory/ }),
    command(`ip link delete ${peerDevice(peer.n)}`, { already: /Cannot find device/ }),
    command(`ip address delete ${pair.own}/32 dev ${tunnelDevice}`, { already: /annot |not found/ }),
    { argv: ['wg', 'set', tunnelDevice, 'peer', peer.publicKey, 'remove'], already: /Unable to modify/ },
  ];
}

/** `ip` commands, without `ip`, that say where the service is; the native driver runs the same ones. */
export const routeHere = (address: string) => `route replace ${address}/32 dev ${nestedDevice}`;
export const routeToPeer = (address: string, n: number) => `route replace ${address}/32 via ${peerGateway(n)} dev ${peerDevice(n)} onlink`;
export const routeToHold = (address: string, device: string) => `route replace ${address}/32 dev ${device}`;
