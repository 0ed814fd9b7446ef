import type { Role } from '../ports';
import type { TunnelPair } from './addresses';
import { holdDevice, nestedDevice, nestedMac, peerDevice } from './names';
import { routeHere, routeToHold, routeToPeer } from './peer-plan';
import { openFenceCommand } from './ruleset';

/** What arrives, or is restored where it was, needs to know of no peer. */
export const arrivalKeys = (address: string): Record<string, string> => ({ fenceopen: openFenceCommand, routelocal: routeHere(address) });

/** What the native driver needs of the network; keys as in docs/INTERFACES.md, "Handoff driver". */
export function driverKeys(role: Role, address: string, n: number, pair: TunnelPair): Record<string, string> {
  if (role === 'destination') return arrivalKeys(address);
  return {
    hold: holdDevice,
    routehold: routeToHold(address, holdDevice),
    routelocal: routeHere(address),
    routepeer: routeToPeer(address, n),
    nestedaddr: address,
    localdev: nestedDevice,
    localmac: nestedMac,
    peerdev: peerDevice(n),
    peermac: pair.peerMac,
  };
}
