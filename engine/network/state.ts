import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { RefusedError } from '../../domain/errors';
import { enginePort, handoffPort, tunnelPort } from '../../domain/names';
import type { PortMapping } from '../../domain/service';
import { writeDurably } from '../write-file';
import { maxPeers } from './names';

const peerSchema = z.object({
  n: z.number().int().min(1).max(maxPeers),
  cluster: z.string(),
  publicKey: z.string(),
  endpoint: z.string().optional(),
  /** Epoch for which it was added first. */
  since: z.number().optional(),
});

const stateSchema = z.object({
  address: z.string().optional(),
  ports: z.array(z.object({ host: z.number(), container: z.number(), protocol: z.enum(['tcp', 'udp']) })).default([]),
  peers: z.array(peerSchema).default([]),
  /** Peer that the service last came from: packets of flows that nobody here remembers go there. */
  defaultPeer: z.number().optional(),
});

/** Everything that must outlive the kernel's state; no secrets in it. */
export type NetworkState = z.infer<typeof stateSchema>;
export type PeerState = z.infer<typeof peerSchema>;

export const emptyState = (): NetworkState => ({ ports: [], peers: [] });

export async function readState(path: string): Promise<NetworkState> {
  try {
    return stateSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return emptyState();
    throw new Error(`${path} cannot be read as the network's state`, { cause: error });
  }
}

export const writeState = (path: string, state: NetworkState) => writeDurably(path, `${JSON.stringify(state)}\n`);

/** The peer with this cluster: with its old number, which is in use in marks and tables, or the lowest free one. */
export function withPeer(state: NetworkState, peer: Omit<PeerState, 'n'>): { state: NetworkState; peer: PeerState } {
  const known = state.peers.find((each) => each.cluster === peer.cluster);
  const taken = new Set(state.peers.map((each) => each.n));
  let n = known?.n ?? 1;
  while (known === undefined && taken.has(n)) n += 1;
  if (n > maxPeers) {
    throw new RefusedError('too-many-peers', `this service is connected to ${maxPeers} clusters already`, { next: 'End the relays that are no longer needed, then migrate again.' });
  }
  const added = { ...peer, n, ...(known && { since: known.since }) };
  return { state: { ...state, peers: [...state.peers.filter((each) => each !== known), added] }, peer: added };
}

export function withoutPeer(state: NetworkState, cluster: string): NetworkState {
  const gone = state.peers.find((each) => each.cluster === cluster);
  const rest = { ...state, peers: state.peers.filter((each) => each !== gone) };
  if (gone && rest.defaultPeer === gone.n) delete rest.defaultPeer;
  return rest;
}

const reserved = new Map([[`tcp ${enginePort}`, "the engine's API"], [`tcp ${handoffPort}`, 'the handoff'], [`udp ${tunnelPort}`, 'the tunnel']]);

/** Ports that the outer container needs itself cannot be led to the nested container. */
export function refuseReservedPorts(ports: readonly PortMapping[]): void {
  for (const { container, protocol } of ports) {
    const use = reserved.get(`${protocol} ${container}`);
    if (use === undefined) continue;
    throw new RefusedError('port-reserved', `container port ${container}/${protocol} is used by ${use}`, {
      next: `Let the application listen on another port than ${container} and publish that one.`,
    });
  }
}
