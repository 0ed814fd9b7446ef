/** Names, numbers and sizes of the outer container's network; docs/INTERFACES.md, "Networking names". */
export const nestedDevice = 'vh';
export const holdDevice = 'hold0';
export const defaultTunnelDevice = 'wg0';
export const peerDevice = (n: number) => `vx${n}`;

export const table = 'carryon';
export const fenceTable = 'carryon_fence';
/** The native driver's: while it is there, nothing that the service sends leaves the nested device. */
export const quietTable = 'carryon_quiet';

/** Mark of a flow that entered (or was begun) at this outer container. */
export const localMark = 1;
/** Connection mark of a flow that gets another source address, as a relayed flow has its address and port already. */
export const collisionMark = 2;
export const maxPeers = 99;
/** Packet mark and routing table of what goes back to a peer. */
export const peerMark = (n: number) => 100 + n;

export const nestedGateway = '169.254.77.1';
/** Next hop on a peer's device: a permanent neighbour, never asked for. */
export const peerGateway = (n: number) => `169.254.78.${n}`;
export const gatewayMac = '02:00:00:00:00:01';
export const nestedMac = '02:00:00:00:00:02';

export const nestedMtu = 1280;
const vxlanOverhead = 50;
/** VXLAN around the nested MTU; with WireGuard's own 60 bytes a path of 1390 serves. */
export const tunnelMtu = nestedMtu + vxlanOverhead;
const ipAndTcpHeader = 40;
export const nestedMss = nestedMtu - ipAndTcpHeader;

export const vxlanPort = 4789;
export const keepaliveSeconds = 15;

export const netnsName = 'app';
