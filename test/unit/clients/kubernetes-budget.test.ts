import { describe, expect, it } from '@jest/globals';
import { releaseSettled } from '../../../clients/orchestrators/kubernetes/budget';
import type { KubernetesClients } from '../../../clients/orchestrators/kubernetes/context';
import type { EngineClient, EngineStatus, MigrationState } from '../../../domain/engine';
import { spec } from '../../fakes/facts';

const now = Date.parse('2026-01-01T12:00:00Z');
const { id } = spec();

/** The budget of a service whose pod is there, if it is, with what its engine says. */
async function isReleased(engine: { status: Partial<EngineStatus>; last?: Partial<MigrationState> } | 'silent', { ageMs = 60_000, pod = true } = {}): Promise<boolean> {
  const deleted: string[] = [];
  const policy = {
    listNamespacedPodDisruptionBudget: () => Promise.resolve({ items: [{ metadata: { name: `carryon-${id}`, labels: { 'carryon.io/service': id }, annotations: { 'carryon.io/since': new Date(now - ageMs).toISOString() } } }] }),
    deleteNamespacedPodDisruptionBudget: ({ name }: { name: string }) => (deleted.push(name), Promise.resolve({})),
  };
  const pods = { items: pod ? [{ metadata: { name: 'p', uid: 'u', labels: { 'carryon.io/role': 'outer' }, annotations: { 'carryon.io/spec': JSON.stringify(spec()) } }, status: { phase: 'Running' } }] : [] };
  const context = {
    kubeconfig: { makeApiClient: () => policy },
    config: { id: 'kube', reach: { host: 'h' } },
    namespace: 'prod',
    core: { listNamespacedPod: () => Promise.resolve(pods), listNamespacedService: () => Promise.resolve({ items: [] }) },
    apps: { listNamespacedStatefulSet: () => Promise.resolve({ items: [] }) },
  } as unknown as KubernetesClients;
  const client = { status: () => (engine === 'silent' ? Promise.reject(new Error('silent')) : Promise.resolve(engine.status)), migration: () => Promise.resolve(engine === 'silent' ? null : (engine.last ?? null)) } as unknown as EngineClient;
  await releaseSettled(context, () => client, now);
  return deleted.length > 0;
}

const arrived = (events: { step: string; state?: string }[]): Partial<MigrationState> => ({ epoch: 4, role: 'destination', strategy: 'post-copy', events: events.map((event) => ({ atMs: 0, ...event })) });

describe('a pod may be evicted again', () => {
  it.each([
    ['runs as before', { status: { state: 'running', epoch: 4 } }],
    ['has arrived with all of its memory', { status: { state: 'running', epoch: 4 }, last: arrived([{ step: 'pages', state: 'done' }]) }],
    ['was once owed pages, in another epoch', { status: { state: 'running', epoch: 5 }, last: arrived([{ step: 'restore' }]) }],
  ] as const)('when its service %s', async (_what, engine) => {
    expect(await isReleased(engine)).toBe(true);
  });

  it.each(['armedS', 'frozen', 'handedOff', 'owing', 'relaying', 'armedD', 'gated', 'waiting'] as const)('but not when it is %s', async (state) => {
    expect(await isReleased({ status: { state, epoch: 4 } })).toBe(false);
  });

  it('but not while pages are owed to it, or its engine cannot be asked', async () => {
    expect(await isReleased({ status: { state: 'running', epoch: 4 }, last: arrived([{ step: 'restore' }]) })).toBe(false);
    expect(await isReleased('silent')).toBe(false);
  });

  it('but not when the service is just about to move', async () => {
    expect(await isReleased({ status: { state: 'running', epoch: 4 } }, { ageMs: 5_000 })).toBe(false);
  });

  it.each(['absent', 'discarded', 'retired'] as const)('where its engine says %s, once no ticket is expected any more', async (state) => {
    expect(await isReleased({ status: { state, epoch: 4 } }, { ageMs: 4.5 * 60_000 })).toBe(false);
    expect(await isReleased({ status: { state, epoch: 4 } }, { ageMs: 7 * 60_000 })).toBe(true);
  });

  it('and is nobody\'s business any more when it is gone', async () => {
    expect(await isReleased({ status: { state: 'running', epoch: 4 } }, { pod: false })).toBe(false);
  });
});
