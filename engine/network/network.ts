import { join } from 'node:path';
import type { Ticket } from '../../domain/migration';
import { tunnelPort } from '../../domain/names';
import type { ServiceSpec } from '../../domain/service';
import type { NetworkPort, Role } from '../ports';
import { createTurn } from '../turn';
import { aliasAddress, tunnelPair } from './addresses';
import { command, createRun, nft, runAll, type Run } from './command';
import { hasDevice, inUse, namespaceExists, ownProcNet, routeOf } from './devices';
import { arrivalKeys, driverKeys } from './driver-keys';
import { defaultTunnelDevice, fenceTable, nestedDevice, peerDevice, peerMark, table } from './names';
import { configureNested, dropNamespace, makeDevices, makeNamespace, netnsPath } from './nested-plan';
import { dropPeerPlan, peerPlan, routeHere, routeToPeer } from './peer-plan';
import { flows, forgetPeer, relayedConnections } from './relayed';
import { clear, fenceRuleset, ruleset } from './ruleset';
import { emptyState, readState, refuseReservedPorts, withoutPeer, withPeer, writeState, type NetworkState, type PeerState } from './state';
import { awaitHandshake, setUpTunnel } from './tunnel';
import { tunnelPublicKey } from './tunnel-key';

export interface NetworkOptions {
  cluster: string;
  service: string;
  /** Volume of this service: network.json and tls/wg.key. */
  stateDirectory: string;
  /** tmpfs of this container: netns/app. */
  runDirectory: string;
  run?: Run;
  /** What the kernel tells of the namespace that `run` runs in. */
  procNet?: string;
  tunnelDevice?: string;
}

/**
 * The network of one outer container. What is set up belongs to the kernel and outlives the engine; every call may be repeated and brings
 * things to what they should be, after a restart of the engine (all is there) as after one of the container (nothing is there).
 */
export function createNetwork(options: NetworkOptions): NetworkPort {
  const { cluster, service } = options;
  const run = options.run ?? createRun();
  const procNet = options.procNet ?? ownProcNet;
  const tunnelDevice = options.tunnelDevice ?? defaultTunnelDevice;
  const stateFile = join(options.stateDirectory, 'network.json');
  const keyFile = join(options.stateDirectory, 'tls', 'wg.key');
  const netns = netnsPath(options.runDirectory);
  const turn = createTurn();
  const pairWith = (peer: string) => tunnelPair(service, cluster, peer);

  async function applyRules(state: NetworkState, gone: number[] = []): Promise<void> {
    await run(nft(ruleset({ state, tunnelDevice, alias: aliasAddress(service, cluster), gone })));
  }

  async function applyPeers(state: NetworkState, address: string): Promise<void> {
    if (state.peers.length === 0) return;
    await tunnelPublicKey(keyFile);
    await setUpTunnel(run, { device: tunnelDevice, port: tunnelPort, keyFile, procNet });
    for (const peer of state.peers) await runAll(run, peerPlan(peer, pairWith(peer.cluster), address, tunnelDevice));
  }

  /** The rules come first: nothing may pass a device before there are some. */
  async function apply(state: NetworkState): Promise<void> {
    await applyRules(state);
    await applyPeers(state, insistOnAddress(state));
    await writeState(stateFile, state);
  }

  async function nested(spec: Pick<ServiceSpec, 'address' | 'ports'>): Promise<NetworkState> {
    refuseReservedPorts(spec.ports);
    const state = { ...(await readState(stateFile)), address: spec.address, ports: spec.ports };
    const exists = await namespaceExists(netns);
    if (!exists || !(await hasDevice(procNet, nestedDevice)) || !(await inUse(netns))) {
      // An empty namespace is made anew: nothing of an earlier stay may meet the next one.
      await runAll(run, [...dropNamespace(netns), ...makeNamespace(netns), ...makeDevices(netns)]);
    }
    await runAll(run, configureNested(netns, spec.address));
    await apply(state);
    if ((await routeOf(procNet, spec.address)) === undefined) await run(command(`ip ${routeHere(spec.address)}`));
    return state;
  }

  async function addPeer(ticket: Ticket, role: Role): Promise<PeerState> {
    const other = otherOf(ticket, role);
    const before = await readState(stateFile);
    insistOnAddress(before);
    const { state, peer } = withPeer(before, {
      cluster: other.cluster,
      publicKey: other.tunnelKey,
      endpoint: `${other.reach.host}:${other.reach.tunnelPort}`,
      since: ticket.epoch,
    });
    const rekeyed = before.peers.find((each) => each.n === peer.n && each.publicKey !== peer.publicKey);
    if (rekeyed) await run({ argv: ['wg', 'set', tunnelDevice, 'peer', rekeyed.publicKey, 'remove'], already: /Unable to modify/ });
    await apply(role === 'destination' ? { ...state, defaultPeer: peer.n } : state);
    // The source has its end up by now; better a refusal before the freeze than connections that hang after it.
    if (role === 'destination') await awaitHandshake(run, tunnelDevice, peer, pairWith(other.cluster).peer);
    return peer;
  }

  async function removePeer(ticket: Ticket, role: Role): Promise<void> {
    const state = await readState(stateFile);
    const peer = state.peers.find((each) => each.cluster === otherOf(ticket, role).cluster);
    if (!peer || state.address === undefined) return;
    const isRelayedTo = (await routeOf(procNet, state.address)) === peerDevice(peer.n);
    const carries = (await flows(run)).some((flow) => flow.mark === peerMark(peer.n));
    // A restart of this container forgets the flows. What a relay there leads here goes on, and is not this migration's to end.
    const older = peer.since !== ticket.epoch;
    if (role === 'destination' ? isRelayedTo || carries : (carries || older) && !isRelayedTo) return;
    const rest = withoutPeer(state, peer.cluster);
    await run(nft(`${ruleset({ state: rest, tunnelDevice, alias: aliasAddress(service, cluster), gone: [peer.n] })}${await forgetPeer(run, state, peer.n)}`));
    await runAll(run, dropPeerPlan(peer, state.address, tunnelDevice, pairWith(peer.cluster)));
    await writeState(stateFile, rest);
  }

  return {
    setUpNested: (spec) => turn(async () => {
      await nested(spec);
      return netns;
    }),
    tunnelKey: () => tunnelPublicKey(keyFile),
    addPeer: (ticket, role) => turn(async () => {
      await addPeer(ticket, role);
    }),
    removePeer: (ticket, role) => turn(() => removePeer(ticket, role)),
    fence: () => turn(async () => {
      await run(nft(fenceRuleset(true)));
    }),
    unfence: () => turn(async () => {
      await run(nft(fenceRuleset(false)));
    }),
    relay: (spec, ticket) => turn(async () => {
      await nested(spec);
      const peer = await addPeer(ticket, 'source');
      await run(command(`ip ${routeToPeer(spec.address, peer.n)}`));
    }),
    driverKeys: async (ticket, role, spec) => {
      if (role === 'destination') return arrivalKeys(spec.address);
      const other = otherOf(ticket, role).cluster;
      const peer = (await readState(stateFile)).peers.find((each) => each.cluster === other);
      if (!peer) throw new Error(`the tunnel to cluster "${other}" is not set up: addPeer comes before driverKeys`);
      return driverKeys(role, spec.address, peer.n, pairWith(other));
    },
    relayedConnections: async () => {
      const { address } = await readState(stateFile);
      if (address === undefined) return 0;
      return relayedConnections(run, await routeOf(procNet, address));
    },
    tearDownAll: () => turn(async () => {
      const state = await readState(stateFile);
      for (const peer of state.peers) await runAll(run, dropPeerPlan(peer, state.address ?? '', tunnelDevice, pairWith(peer.cluster)));
      await runAll(run, [
        command(`ip link delete ${tunnelDevice}`, { already: /Cannot find device/ }),
        ...dropNamespace(netns),
        ...(state.address === undefined ? [] : [command(`ip route delete ${state.address}/32`, { already: /No such process/ })]),
        nft(clear(table) + clear(fenceTable)),
      ]);
      await writeState(stateFile, emptyState());
    }),
  };
}

const otherOf = (ticket: Ticket, role: Role) => (role === 'source' ? ticket.destination : ticket.source);

function insistOnAddress(state: NetworkState): string {
  if (state.address === undefined) throw new Error('the nested namespace is not set up: setUpNested comes before addPeer');
  return state.address;
}
