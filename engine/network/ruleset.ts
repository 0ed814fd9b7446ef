import { collisionMark, fenceTable, holdDevice, localMark, nestedDevice, nestedMss, peerDevice, peerMark, table, vxlanPort } from './names';
import type { NetworkState } from './state';

/**
 * The rules of the outer container, as one nft transaction that keeps what the maps have learnt.
 *
 * The map `flows` remembers for each flow of the service where it entered: here (localMark), or through which peer (100+n). What the service
 * sends follows it: out by this host, or by the peer's routing table. It is keyed by the flow as the service sees it, so it means the same in
 * every cluster that the service comes to. Connection tracking does address translation only, and only where a flow enters or leaves: relayed
 * packets are not tracked. Were they, a packet that comes back from a peer after the service's return home would look like a second flow
 * that uses the same addresses, and connection tracking would give it another source port: the service would answer with RST.
 */
export interface RulesetSettings {
  state: NetworkState;
  tunnelDevice: string;
  /** Source address for flows whose own is taken by a relayed flow. */
  alias: string;
  /** Numbers of peers that are no more. */
  gone?: readonly number[];
}

const mapSize = 131_072;
const established = '5d';
const datagrams = '3m';
const ending = '2m';

const toService = 'ip saddr . th sport . meta l4proto . th dport';
const fromService = 'ip daddr . th dport . meta l4proto . th sport';
const begins = 'tcp flags & (fin|syn|rst|ack) == syn';
const continues = 'tcp flags & (fin|syn|rst|ack) != syn';
const ends = 'tcp flags & (fin|rst) != 0';
const resets = 'tcp flags & rst != 0';
const finishes = 'tcp flags & fin != 0';
const flowType = 'type ipv4_addr . inet_service . inet_proto . inet_service';

export function ruleset(settings: RulesetSettings): string {
  const { state } = settings;
  if (state.address === undefined) return clear(table);
  const chains: Record<string, string[]> = {
    forget_to_service: forget(toService),
    forget_from_service: forget(fromService),
    ...Object.fromEntries(state.peers.map((peer) => [`to_service_by_${peer.n}`, toServiceBy(peer.n)])),
    to_service: toServiceChain(state),
    from_service_here: fromServiceHere(state),
    from_service_there: fromServiceThere(state),
    raw_in: rawIn(settings, state.address),
    unknown: unknown(state, state.address),
    nat_in: natIn(state, state.address),
    collisions: collisions(state.address),
    nat_out: natOut(settings, state.address),
    learn: learn(settings, state.address),
    forward: forward(settings, state.address),
    input: input(settings),
  };
  return [
    `add table ip ${table}`,
    `add map ip ${table} flows { ${flowType} : mark; flags dynamic,timeout; timeout ${established}; size ${mapSize}; }`,
    ...closingSets.map((name) => `add set ip ${table} ${name} { ${flowType}; flags dynamic,timeout; timeout ${ending}; size ${mapSize}; }`),
    ...Object.keys(chains).map((name) => `add chain ip ${table} ${name}${hooks[name] ? ` { type ${hooks[name]}; policy accept; }` : ''}`),
    ...Object.keys(chains).map((name) => `flush chain ip ${table} ${name}`),
    ...Object.entries(chains).flatMap(([name, rules]) => rules.map((rule) => `add rule ip ${table} ${name} ${rule}`)),
    ...(settings.gone ?? []).flatMap((n) => [`add chain ip ${table} to_service_by_${n}`, `delete chain ip ${table} to_service_by_${n}`]),
    '',
  ].join('\n');
}

/** Nothing passes the nested container's interface, either way; before connection tracking, so that nothing is remembered of it. */
export const fenceRuleset = (closed: boolean) => [
  `add table ip ${fenceTable}`,
  `add chain ip ${fenceTable} out { type filter hook prerouting priority -310; policy accept; }`,
  `add chain ip ${fenceTable} in { type filter hook postrouting priority -310; policy accept; }`,
  `flush table ip ${fenceTable}`,
  ...(closed ? [`add rule ip ${fenceTable} out iifname ${nestedDevice} drop`, `add rule ip ${fenceTable} in oifname ${nestedDevice} drop`] : []),
  '',
].join('\n');

/** One command, also for the native driver: works however often it is run, as the table stays. */
export const openFenceCommand = `flush table ip ${fenceTable}`;

export const clear = (name: string, family: 'ip' | 'netdev' = 'ip') => `add table ${family} ${name}\ndelete table ${family} ${name}\n`;

const hooks: Record<string, string | undefined> = {
  raw_in: 'filter hook prerouting priority -300',
  unknown: 'filter hook prerouting priority -150',
  nat_in: 'nat hook prerouting priority -100',
  collisions: 'filter hook prerouting priority -90',
  nat_out: 'nat hook postrouting priority 100',
  learn: 'filter hook postrouting priority 110',
  forward: 'filter hook forward priority 0',
  input: 'filter hook input priority 0',
};

/** Flows of which an end was seen; and those whose end was seen in each direction. A flow in both is over, in one of them it is half-closed. */
export const endedToService = 'ended_to';
export const endedFromService = 'ended_from';
const closingSets = ['closing', endedToService, endedFromService];

const forgetEnds = (key: string) => closingSets.map((name) => `delete @${name} { ${key} }`);
const forget = (key: string) => [`delete @flows { ${key} : 0 }`, ...forgetEnds(key), 'meta mark set 0'];

/** A reset ends both directions, and nothing comes after it: the flow is forgotten soon, whatever was to be remembered of it. */
const noteEnd = (key: string, direction: typeof endedToService | typeof endedFromService) => [
  `${ends} update @closing { ${key} }`,
  `${finishes} update @${direction} { ${key} }`,
  ...[endedToService, endedFromService].map((name) => `${resets} update @${name} { ${key} }`),
];

/** Data after both ends: another flow has the address and port that one had which ended, perhaps in another cluster. With one end it may be sent again, or lead a half-closed flow. */
const speaksAgain = (key: string) => `tcp flags & (fin|syn|rst|psh) == psh ${key} @${endedToService} ${key} @${endedFromService}`;

/** Only a flow that is known; `update` does not change its value. */
const forgetSoonAfterReset = (key: string) => `meta mark != 0 ${resets} update @flows { ${key} timeout ${ending} : ${localMark} }`;

/** The mark is only a variable here: 0 means that the flow is not known. */
const recall = (key: string) => ['meta mark set 0', `meta mark set ${key} map @flows`];

/** What is remembered of another flow that had the same address and port is forgotten. */
const recallToService = [
  `${speaksAgain(toService)} jump forget_to_service`,
  ...recall(toService),
  `${begins} ${toService} @closing jump forget_to_service`,
];

/** Enters a flow, or keeps it: `update` does not change the value of what is there, so another value is deleted first. */
const remember = (key: string, mark: number) => [
  `meta mark != { 0, ${mark} } delete @flows { ${key} : 0 }`,
  'meta mark set 0',
  ...noteEnd(key, endedToService),
  `meta l4proto udp update @flows { ${key} timeout ${datagrams} : ${mark} }`,
  // Half-closed connections may stay for long: they are kept as long as they are used, with a short memory.
  `${continues} ${key} @closing update @closing { ${key} }`,
  `${continues} ${key} @closing update @flows { ${key} timeout ${ending} : ${mark} }`,
  `meta l4proto tcp ${key} != @closing update @flows { ${key} timeout ${established} : ${mark} }`,
];

const rawIn = ({ state }: RulesetSettings, address: string) => [
  `iifname ${nestedDevice} goto from_service_here`,
  ...state.peers.flatMap(({ n }) => [
    `iifname ${peerDevice(n)} ip daddr ${address} goto to_service`,
    `iifname ${peerDevice(n)} ip saddr ${address} goto from_service_there`,
  ]),
  'iifname "vx*" drop',
];

const toServiceChain = (state: NetworkState) => [
  'meta l4proto != { tcp, udp } notrack accept',
  ...recallToService,
  // Entered here, was sent after the service, and comes back because the service did: nothing to learn from it.
  `meta mark ${localMark} meta mark set 0 notrack accept`,
  ...state.peers.map(({ n }) => `iifname ${peerDevice(n)} goto to_service_by_${n}`),
];

const toServiceBy = (n: number) => [...remember(toService, peerMark(n)), 'notrack accept'];

function fromServiceHere(state: NetworkState): string[] {
  const fallback = state.peers.some(({ n }) => n === state.defaultPeer) ? peerMark(state.defaultPeer ?? 0) : undefined;
  const datagramPorts = portSet(state, 'udp');
  return [
    'fib daddr type local drop',
    'meta l4proto != { tcp, udp } accept',
    `${begins} jump forget_from_service`,
    `${begins} update @flows { ${fromService} timeout ${established} : ${localMark} } accept`,
    `${speaksAgain(fromService)} ${forgetEnds(fromService).join(' ')}`,
    ...recall(fromService),
    ...noteEnd(fromService, endedFromService),
    forgetSoonAfterReset(fromService),
    `meta mark ${localMark} meta l4proto udp update @flows { ${fromService} timeout ${datagrams} : ${localMark} }`,
    `meta mark ${localMark} meta mark set 0 accept`,
    'meta mark != 0 notrack accept',
    // In the middle of a flow that nobody here has seen: it was begun where the service came from.
    ...(fallback === undefined ? [] : [
      `meta l4proto tcp meta mark set ${fallback} notrack accept`,
      ...(datagramPorts === undefined ? [] : [`udp sport ${datagramPorts} meta mark set ${fallback} notrack accept`]),
    ]),
    `meta l4proto udp update @flows { ${fromService} timeout ${datagrams} : ${localMark} }`,
    'accept',
  ];
}

const fromServiceThere = (state: NetworkState) => [
  'meta l4proto != { tcp, udp } accept',
  ...recall(fromService),
  ...noteEnd(fromService, endedFromService).map((rule) => `meta mark != 0 ${rule}`),
  forgetSoonAfterReset(fromService),
  `meta mark ${localMark} meta mark set 0 accept`,
  // Never back to where it came from: two relays would play ping-pong.
  ...state.peers.map(({ n }) => `iifname ${peerDevice(n)} meta mark ${peerMark(n)} meta mark set 0 accept`),
  'meta mark != 0 notrack accept',
];

/** A relay that has forgotten everything (its container was restarted) leads what is in the middle of a flow to where the service came from. */
const unknown = (state: NetworkState, address: string) =>
  state.peers.some(({ n }) => n === state.defaultPeer)
    ? [`iifname "vx*" iifname != ${peerDevice(state.defaultPeer ?? 0)} ip saddr ${address} ct state new ${continues} meta mark set ${peerMark(state.defaultPeer ?? 0)}`]
    : [];

const natIn = (state: NetworkState, address: string) => [
  `iifname { ${nestedDevice}, lo } accept`,
  'iifname "vx*" accept',
  ...(['tcp', 'udp'] as const).flatMap((protocol) => {
    const ports = portSet(state, protocol);
    return ports === undefined ? [] : [`fib daddr type local ${protocol} dport ${ports} dnat to ${address}`];
  }),
];

/** Two clusters may see clients by the same address and port (a Docker bridge's gateway, say): the service must not. */
const collisions = (address: string) => [
  `iifname ${nestedDevice} accept`,
  'iifname "vx*" accept',
  `ip daddr != ${address} accept`,
  `${continues} accept`,
  'meta l4proto != tcp accept',
  ...recall(toService),
  `${toService} @closing meta mark set 0`,
  `meta mark != { 0, ${localMark} } ct mark set ${collisionMark}`,
  'meta mark set 0',
];

const natOut = ({ alias }: RulesetSettings, address: string) => [
  `ip daddr ${address} ct mark ${collisionMark} snat to ${alias}`,
  `oifname { ${nestedDevice}, ${holdDevice}, lo } accept`,
  'oifname "vx*" accept',
  `ip saddr ${address} masquerade`,
];

/** After address translation: the flow as the service sees it. */
const learn = ({ tunnelDevice }: RulesetSettings, address: string) => [
  `ip daddr != ${address} accept`,
  `iifname { ${nestedDevice}, ${tunnelDevice}, lo } accept`,
  'iifname "vx*" accept',
  'meta l4proto != { tcp, udp } accept',
  ...recallToService,
  ...remember(toService, localMark),
];

const forward = ({ tunnelDevice }: RulesetSettings, address: string) => [
  `iifname ${tunnelDevice} drop`,
  `oifname ${tunnelDevice} drop`,
  `tcp flags & (syn|rst) == syn tcp option maxseg size > ${nestedMss} tcp option maxseg size set ${nestedMss}`,
  `oifname { ${nestedDevice}, ${holdDevice} } iifname "vx*" accept`,
  'oifname "vx*" ct state untracked accept',
  // To the service only by a published port, or as an answer to what it began.
  `ip daddr ${address} ct status dnat accept`,
  `ip daddr ${address} ct direction reply accept`,
  `ip daddr ${address} ct state related accept`,
  `ip daddr ${address} drop`,
  'oifname "vx*" accept',
  // Out by this host only what is translated: the nested address means nothing there, and a peer of ours would answer a stray packet with RST.
  `ip saddr ${address} ct state invalid,untracked drop`,
  `ip saddr ${address} ct state new ${continues} drop`,
];

const input = ({ tunnelDevice }: RulesetSettings) => [
  `iifname ${tunnelDevice} udp dport ${vxlanPort} accept`,
  `iifname ${tunnelDevice} icmp type echo-request accept`,
  `iifname ${tunnelDevice} drop`,
  // VXLAN has no authentication of its own: only what came through WireGuard may be unpacked.
  `udp dport ${vxlanPort} drop`,
  `iifname ${nestedDevice} drop`,
  'iifname "vx*" drop',
];

function portSet(state: NetworkState, protocol: 'tcp' | 'udp'): string | undefined {
  const ports = [...new Set(state.ports.filter((port) => port.protocol === protocol).map((port) => port.container))].sort((a, b) => a - b);
  return ports.length === 0 ? undefined : `{ ${ports.join(', ')} }`;
}
