import { createHash } from 'node:crypto';

/** What both ends of a tunnel must agree on without having talked: it follows from the names alone. */
export interface TunnelPair {
  own: string;
  peer: string;
  ownMac: string;
  peerMac: string;
  /** VXLAN network identifier, 24 bits. */
  vni: number;
}

const carrierBase = 0x64400000; // 100.64.0.0/10, shared address space: never an address of a host that the service talks to
const carrierPairBits = 21;

/** Addresses for the pair of clusters of one service: the alphabetically smaller cluster has the even one. */
export function tunnelPair(service: string, own: string, peer: string): TunnelPair {
  if (own === peer) throw new Error(`a tunnel from cluster "${own}" to itself makes no sense`);
  const [first, second] = [own, peer].sort() as [string, string];
  const digest = createHash('sha256').update(JSON.stringify(['tunnel', service, first, second])).digest();
  const even = (carrierBase + ((digest.readUInt32BE(0) >>> (32 - carrierPairBits)) << 1)) >>> 0;
  const [low, high] = [dotted(even), dotted(even + 1)];
  const [ownAddress, peerAddress] = own === first ? [low, high] : [high, low];
  return { own: ownAddress, peer: peerAddress, ownMac: macOf(ownAddress), peerMac: macOf(peerAddress), vni: digest.readUIntBE(4, 3) || 1 };
}

/** Source address given to a flow whose own address and port are in use by a relayed flow: one per service and cluster. */
export function aliasAddress(service: string, cluster: string): string {
  const digest = createHash('sha256').update(JSON.stringify(['alias', service, cluster])).digest();
  return dotted((carrierBase + (digest.readUInt32BE(0) >>> (32 - carrierPairBits - 1))) >>> 0);
}

const dotted = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');

/** Locally administered, so that both ends know each other's without asking. */
const macOf = (address: string) => ['02', '01', ...address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'))].join(':');
