import { describe, expect, it } from '@jest/globals';
import { aliasAddress, tunnelPair } from '../../../engine/network/addresses';
import { driverKeys } from '../../../engine/network/driver-keys';
import { configureNested } from '../../../engine/network/nested-plan';
import { dropPeerPlan, peerPlan } from '../../../engine/network/peer-plan';
import { refuseReservedPorts, withoutPeer, withPeer, type NetworkState } from '../../../engine/network/state';
import { numberOf } from '../../../engine/network/tunnel';
import { publicKeyOf } from '../../../engine/network/tunnel-key';

const pair = tunnelPair('svc', 'edge', 'cloud');
const peer = { n: 2, cluster: 'cloud', publicKey: 'KEY=', endpoint: 'host:51820' };
const lines = (plan: { argv: readonly string[]; input?: string }[]) => plan.flatMap(({ argv, input }) => (argv.includes('-batch') ? (input ?? '').trim().split('\n').map((line) => `ip ${line}`) : [argv.join(' ')]));

describe('the addresses of a tunnel', () => {
  it('are agreed by both ends without talking', () => {
    const other = tunnelPair('svc', 'cloud', 'edge');
    expect(other).toEqual({ own: pair.peer, peer: pair.own, ownMac: pair.peerMac, peerMac: pair.ownMac, vni: pair.vni });
  });

  it('are shared addresses (RFC 6598), two for each pair of clusters and service', () => {
    const all = ['a', 'b', 'c'].flatMap((service) => [['x', 'y'], ['x', 'z'], ['y', 'z']].map(([from = '', to = '']) => tunnelPair(service, from, to)));
    expect(new Set(all.flatMap(({ own, peer: other }) => [own, other])).size).toBe(18);
    for (const { own } of all) expect(own).toMatch(/^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./);
    expect(aliasAddress('svc', 'edge')).toMatch(/^100\./);
  });

  it('need two clusters', () => {
    expect(() => tunnelPair('svc', 'edge', 'edge')).toThrow(/itself/);
  });
});

describe('the plan for a peer', () => {
  const plan = peerPlan(peer, pair, '10.99.0.2', 'wg0');

  it('lets the peer through the tunnel with its own address only', () => {
    expect(lines(plan)[0]).toBe(`wg set wg0 peer KEY= allowed-ips ${pair.peer}/32 persistent-keepalive 15 endpoint host:51820`);
    expect(lines(peerPlan({ ...peer, endpoint: undefined }, pair, '10.99.0.2', 'wg0'))[0]).not.toContain('endpoint');
  });

  it('routes by mark only what comes from the service, so that the tunnel\'s own packets do not go round', () => {
    expect(lines(plan)).toContain('ip rule add from 10.99.0.2 fwmark 102 table 102 priority 102');
    expect(lines(plan)).toContain('ip route replace default via 169.254.78.2 dev vx2 onlink table 102');
  });

  it('names no secret', () => {
    expect(JSON.stringify([plan, dropPeerPlan(peer, '10.99.0.2', 'wg0', pair)])).not.toMatch(/private/);
  });
});

describe('the plan for the nested namespace', () => {
  it('gives it address, neighbours and a default route that ask nobody', () => {
    expect(lines(configureNested('/ns', '10.99.0.2')).join('\n')).toContain('neighbour replace 169.254.77.1 lladdr 02:00:00:00:00:01 dev eth0 nud permanent');
  });
});

describe('what the native driver is told', () => {
  it('is the same route here on both sides, and one command to open the fence', () => {
    const source = driverKeys('source', '10.99.0.2', 2, pair);
    const destination = driverKeys('destination', '10.99.0.2', 1, pair);
    expect(source).toEqual({
      hold: 'hold0', routehold: 'route replace 10.99.0.2/32 dev hold0', routelocal: 'route replace 10.99.0.2/32 dev vh',
      routepeer: 'route replace 10.99.0.2/32 via 169.254.78.2 dev vx2 onlink', nestedaddr: '10.99.0.2', localdev: 'vh', localmac: '02:00:00:00:00:02',
      peerdev: 'vx2', peermac: pair.peerMac,
    });
    expect(destination).toEqual({ fenceopen: 'flush table ip carryon_fence', routelocal: source.routelocal });
  });
});

describe('peers', () => {
  const empty: NetworkState = { ports: [], peers: [] };
  const add = (state: NetworkState, cluster: string) => withPeer(state, { cluster, publicKey: cluster });

  it('keep their number when they come again, and leave it to others when they are gone', () => {
    const one = add(empty, 'b');
    const two = add(one.state, 'c');
    expect([one.peer.n, two.peer.n]).toEqual([1, 2]);
    expect(withPeer(two.state, { cluster: 'b', publicKey: 'new', since: 9 }).peer).toEqual({ n: 1, cluster: 'b', publicKey: 'new' });
    expect(add(withoutPeer(two.state, 'b'), 'd').peer.n).toBe(1);
  });

  it('stop being the fallback when they are gone', () => {
    const { state } = add(empty, 'b');
    expect(withoutPeer({ ...state, defaultPeer: 1 }, 'b').defaultPeer).toBeUndefined();
    expect(withoutPeer({ ...state, defaultPeer: 1 }, 'x').defaultPeer).toBe(1);
  });

  it('are refused when there are too many', () => {
    let state = empty;
    for (let i = 0; i < 99; i += 1) ({ state } = add(state, `c${i}`));
    expect(() => add(state, 'one more')).toThrow(/99 clusters/);
  });
});

describe('published ports', () => {
  it.each([[7443, 'tcp'], [7444, 'tcp'], [51820, 'udp']] as const)('cannot be %i/%s, which the outer container needs itself', (container, protocol) => {
    expect(() => refuseReservedPorts([{ host: 1, container, protocol }])).toThrow(expect.objectContaining({ code: 'port-reserved' }));
  });

  it('can be the same number of the other protocol', () => {
    expect(() => refuseReservedPorts([{ host: 1, container: 7443, protocol: 'udp' }])).not.toThrow();
  });
});

describe('the tunnel', () => {
  it('derives the public key as WireGuard does', () => {
    // A pair made by `wg genkey | tee key | wg pubkey`, for this test only.
    expect(publicKeyOf('APpu0NxvraZWojvf8GJnuPhrJlWyTLAtVkMweQlUxGc=')).toBe('Ul+BSlYNByiEft22dzfkXDrr74GDT7YVuGyJgEdDdA4=');
    expect(() => publicKeyOf('short')).toThrow(/32 bytes/);
  });

  it('reads a number of one peer', () => {
    expect(numberOf('A=\t0\nB=\t1700000000', 'B=')).toBe(1_700_000_000);
    expect(numberOf('A=\t0', 'B=')).toBe(0);
  });
});
