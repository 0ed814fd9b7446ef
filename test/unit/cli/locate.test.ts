import { describe, expect, test } from '@jest/globals';
import type { Orchestrator } from '../../../domain/orchestrator';
import { choose } from '../../../cli/service/locate';
import { survey, type Observation } from '../../../cli/service/observe';
import { stateOf } from '../../../cli/service/state';
import { UnavailableError } from '../../../domain/errors';
import type { EngineStatus } from '../../../domain/engine';
import type { OuterContainer } from '../../../domain/orchestrator';
import type { JournalState } from '../../../domain/service';

const outer = (id: string, extra: Partial<OuterContainer> = {}): OuterContainer => ({
  id: `container-${id}`,
  service: { id, name: 'cache' },
  running: true,
  createdAt: '2026-01-01T00:00:00Z',
  reach: { host: 'h', apiPort: 1, handoffPort: 2, tunnelPort: 3 },
  spec: { id, name: 'cache', image: 'redis', ports: [], volumes: [], restart: 'no' },
  ...extra,
});

const seen = (cluster: string, state: JournalState | undefined, id = 'one', extra: Partial<OuterContainer> = {}): Observation => ({
  orchestrator: { cluster } as Orchestrator,
  outer: outer(id, extra),
  ...(state && { status: { state, epoch: 2, relayedConnections: 3 } as EngineStatus }),
});

describe('a service that several clusters have something of', () => {
  test.each(['running', 'armedS', 'frozen', 'handedOff', 'waiting'] as const)('is where its journal says %s, not at the relay', (state) => {
    const found = choose('cache', { observations: [seen('edge', 'relaying'), seen('cloud', state)], unreachable: [] });
    expect(found.orchestrator.cluster).toBe('cloud');
  });

  test('is at the destination while the source still owes memory', () => {
    expect(choose('cache', { observations: [seen('edge', 'owing'), seen('cloud', 'running')], unreachable: [] }).orchestrator.cluster).toBe('cloud');
  });

  test('is asked for by cluster when two services share its name', () => {
    const both = { observations: [seen('edge', 'running', 'one'), seen('cloud', 'running', 'two')], unreachable: [] };
    expect(() => choose('cache', both)).toThrow(/one on edge \(running\), two on cloud \(running\)/);
  });

  test('is found stopped when nobody owns it', () => {
    const stopped = seen('edge', undefined, 'one', { running: false, exitCode: 3 });
    expect(stateOf(choose('cache', { observations: [stopped], unreachable: [] }))).toBe('exited (3)');
  });
});

test('a service that nobody has is not found; when a cluster did not answer that is said instead', () => {
  expect(() => choose('cache', { observations: [], unreachable: [] })).toThrow(/No cluster has a service cache/);
  const unreachable = [{ cluster: 'cloud', error: new UnavailableError('docker-unreachable', 'no route') }];
  expect(() => choose('cache', { observations: [], unreachable })).toThrow(/not all clusters answered: cloud/);
});

test('a cluster or an engine that does not answer does not hide the others', async () => {
  const answering = { cluster: 'edge', list: () => Promise.resolve([outer('one'), outer('two')]), engine: ({ service }: OuterContainer) => ({ status: () => (service.id === 'one' ? Promise.reject(new Error('down')) : Promise.resolve({ state: 'running' })) }) };
  const silent = { cluster: 'cloud', list: () => Promise.reject(new UnavailableError('docker-unreachable', 'no route')) };
  const { observations, unreachable } = await survey([answering, silent] as unknown as Orchestrator[]);
  expect(observations.map(stateOf)).toEqual(['unreachable', 'running']);
  expect(unreachable.map(({ cluster }) => cluster)).toEqual(['cloud']);
});
