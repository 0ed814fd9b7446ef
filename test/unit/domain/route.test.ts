import { describe, expect, test } from '@jest/globals';
import { decideRoute, type RouteInput } from '../../../domain/route';
import type { Sighting } from '../../../domain/sighting';

const seen = (cluster: string, over: Partial<Sighting> = {}): Sighting => ({
  cluster,
  service: { id: 'id-1', name: 'cache' },
  state: 'running',
  epoch: 1,
  running: true,
  relayedConnections: 0,
  ...over,
});
const route = (sightings: Sighting[], over: Partial<RouteInput> = {}, request: object = {}) =>
  decideRoute({ request: { service: 'cache', to: 'cloud', ...request }, clusters: ['edge', 'cloud', 'home'], sightings, silent: [], ...over });
const code = (...given: Parameters<typeof route>) => {
  const decided = route(...given);
  return 'refusals' in decided ? decided.refusals[0]?.code : 'ok';
};

describe('decideRoute', () => {
  test('finds the owner among relays', () => {
    expect(route([seen('home', { state: 'relaying' }), seen('edge'), seen('cloud', { state: 'retired' })])).toMatchObject({ from: 'edge', to: 'cloud', at: { state: 'retired' } });
  });

  test.each<[string, Sighting[], Partial<RouteInput>, object]>([
    ['unknown-cluster', [seen('edge')], {}, { to: 'mars' }],
    ['unknown-cluster', [seen('edge')], {}, { from: 'mars' }],
    ['same-cluster', [seen('edge')], {}, { to: 'edge' }],
    ['service-not-found', [], {}, {}],
    ['service-not-found', [seen('edge')], {}, { from: 'home' }],
    ['not-running', [seen('edge', { state: 'absent', running: false })], {}, {}],
    ['not-running', [seen('edge', { running: false })], {}, {}],
    ['already-migrating', [seen('edge', { state: 'armedS' })], {}, {}],
    ['already-migrating', [seen('edge', { state: 'handedOff' })], {}, {}],
    ['held', [seen('edge', { holder: { kind: 'command', command: 'stop', epoch: 1 } })], {}, {}],
    ['owing-debt', [seen('edge', { state: 'waiting' })], {}, {}],
    ['owing-debt', [seen('edge'), seen('home', { state: 'owing' })], {}, {}],
    ['ambiguous-service', [seen('edge'), seen('home', { service: { id: 'id-2', name: 'cache' } })], {}, {}],
    ['name-taken', [seen('edge'), seen('cloud', { state: 'retired', service: { id: 'id-2', name: 'cache' } })], {}, {}],
    ['cluster-silent', [seen('edge')], { silent: ['cloud'] }, {}],
    ['cluster-silent', [], { silent: ['home'] }, {}],
  ])('refuses with %s (%#)', (expected, sightings, input, request) => expect(code(sightings, input, request)).toBe(expected));

  test('goes on without a cluster that does not matter', () => expect(code([seen('edge')], { silent: ['home'] })).toBe('ok'));
  test('takes the one that is named when names are not unique', () =>
    expect(code([seen('edge'), seen('home', { service: { id: 'id-2', name: 'cache' } })], {}, { from: 'edge' })).toBe('ok'));
  test('another service that owes is none of its business', () =>
    expect(code([seen('edge'), seen('home', { state: 'owing', service: { id: 'id-2', name: 'cache' } })])).toBe('ok'));
});
