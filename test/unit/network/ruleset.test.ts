import { describe, expect, it } from '@jest/globals';
import { fenceRuleset, openFenceCommand, ruleset } from '../../../engine/network/ruleset';
import type { NetworkState } from '../../../engine/network/state';

const peer = (n: number) => ({ n, cluster: `c${n}`, publicKey: `key${n}` });
const state: NetworkState = {
  address: '10.99.0.2',
  ports: [{ host: 80, container: 8080, protocol: 'tcp' }, { host: 81, container: 8080, protocol: 'tcp' }, { host: 53, container: 5353, protocol: 'udp' }],
  peers: [peer(1), peer(3)],
};
const rules = (more: Partial<NetworkState> = {}, gone: number[] = []) => ruleset({ state: { ...state, ...more }, tunnelDevice: 'wg0', alias: '100.64.9.9', gone });
const chain = (text: string, name: string) => text.split('\n').filter((line) => line.startsWith(`add rule ip carryon ${name} `)).map((line) => line.replace(`add rule ip carryon ${name} `, ''));

describe('the rules of an outer container', () => {
  it('keep what the maps have learnt: the table is never deleted, only chains are emptied', () => {
    expect(rules()).not.toMatch(/^(delete|flush) (table|map|set)/m);
    expect(rules()).toMatch(/^add map ip carryon flows/m);
  });

  it('lead published ports to the nested address, each once', () => {
    expect(chain(rules(), 'nat_in')).toEqual(expect.arrayContaining([
      'fib daddr type local tcp dport { 8080 } dnat to 10.99.0.2', 'fib daddr type local udp dport { 5353 } dnat to 10.99.0.2',
    ]));
    expect(rules({ ports: [] })).not.toContain('dnat to');
  });

  it('do not track what is relayed to the service', () => {
    expect(chain(rules(), 'to_service_by_3').at(-1)).toBe('notrack accept');
    expect(chain(rules(), 'to_service')).toContain('meta mark 1 meta mark set 0 notrack accept');
  });

  it('send what the service says in an unknown flow to the peer that it came from, and nowhere without one', () => {
    expect(chain(rules({ defaultPeer: 3 }), 'from_service_here')).toEqual(expect.arrayContaining([
      'meta l4proto tcp meta mark set 103 notrack accept', 'udp sport { 5353 } meta mark set 103 notrack accept',
    ]));
    expect(chain(rules(), 'from_service_here').join()).not.toContain('meta mark set 10');
    expect(chain(rules({ defaultPeer: 2 }), 'from_service_here').join()).not.toContain('meta mark set 102');
  });

  it('never send a packet back to the peer that it came from', () => {
    for (const n of [1, 3]) expect(chain(rules(), 'from_service_there')).toContain(`iifname vx${n} meta mark ${100 + n} meta mark set 0 accept`);
  });

  it('remove the chain of a peer that is gone, after the rules that led to it', () => {
    const text = rules({ peers: [peer(1)] }, [3]);
    expect(text.indexOf('delete chain ip carryon to_service_by_3')).toBeGreaterThan(text.lastIndexOf('add rule'));
    expect(text).not.toContain('vx3');
  });

  it('take VXLAN only out of the tunnel, and nothing else from it', () => {
    const input = chain(rules(), 'input');
    expect(input.indexOf('iifname wg0 udp dport 4789 accept')).toBeLessThan(input.indexOf('udp dport 4789 drop'));
    expect(input).toContain('iifname wg0 drop');
    expect(chain(rules(), 'forward')).toEqual(expect.arrayContaining(['iifname wg0 drop', 'oifname wg0 drop']));
  });

  it('are none when there is no nested container', () => {
    expect(ruleset({ state: { ports: [], peers: [] }, tunnelDevice: 'wg0', alias: '' })).toBe('add table ip carryon\ndelete table ip carryon\n');
  });
});

describe('the fence', () => {
  it('closes both directions before connection tracking sees a packet', () => {
    expect(fenceRuleset(true)).toContain('iifname vh drop');
    expect(fenceRuleset(true)).toContain('oifname vh drop');
    expect(fenceRuleset(true).match(/priority -310/g)).toHaveLength(2);
  });

  it('is opened by one command that may be repeated, as the table stays', () => {
    expect(openFenceCommand).toBe('flush table ip carryon_fence');
    expect(fenceRuleset(false)).not.toContain('drop');
    expect(fenceRuleset(false)).toContain('add table ip carryon_fence');
  });
});
