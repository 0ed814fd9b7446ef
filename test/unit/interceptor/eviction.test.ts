import { beforeEach, describe, expect, it } from '@jest/globals';
import type { V1Node, V1Pod } from '@kubernetes/client-node';
import { pino } from 'pino';
import type { Outcome } from '../../../domain/migration';
import type { AdmissionRequest } from '../../../interceptor/admission';
import { reviewEviction, type EvictionReviewer } from '../../../interceptor/eviction/review-eviction';
import { verdictOn } from '../../../interceptor/eviction/verdict';
import type { MigrationObject } from '../../../operator/migration';

const now = Date.parse('2026-01-01T12:00:00Z');
const service = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
const uid = '0d0c1b64-0000-4000-8000-000000000001';

const migration = (secondsAgo: number, status?: { outcome?: Outcome; endedSecondsAgo?: number }, name = 'evicted-1') =>
  ({
    metadata: { name, creationTimestamp: new Date(now - secondsAgo * 1_000) },
    spec: { service, destination: 'cloud' },
    ...(status && { status: { phase: status.outcome ?? 'prepare', outcome: status.outcome, message: 'so it is', conditions: [{ lastTransitionTime: new Date(now - (status.endedSecondsAgo ?? 0) * 1_000).toISOString() }] } }),
  }) as unknown as MigrationObject;

describe('an eviction', () => {
  it.each([
    ['asks for a migration at first', [], { migrate: 1 }],
    ['waits for an operator to see it', [migration(5)], { wait: expect.stringContaining('evicted-1') }],
    ['does not wait for an operator that is not there', [migration(31)], { allow: expect.stringContaining('no operator') }],
    ['waits while it goes on, however long', [migration(3_000, {})], { wait: expect.stringContaining('prepare') }],
    ['goes on when the service has moved', [migration(60, { outcome: 'committed' })], { allow: expect.stringContaining('committed') }],
    ['goes on when the service could not move', [migration(60, { outcome: 'refused' })], { allow: expect.stringContaining('refused') }],
    ['goes on when it was rolled back', [migration(60, { outcome: 'rolled-back' })], { allow: expect.stringContaining('rolled-back') }],
    ['never takes what is frozen', [migration(90_000, { outcome: 'needs-human', endedSecondsAgo: 80_000 })], { wait: expect.stringContaining('human') }],
    ['is another one after a while', [migration(2_000, { outcome: 'rolled-back', endedSecondsAgo: 601 })], { migrate: 2 }],
    ['looks at the newest', [migration(5, {}, 'evicted-2'), migration(2_000, { outcome: 'rolled-back', endedSecondsAgo: 601 })], { wait: expect.stringContaining('evicted-2') }],
  ])('%s', (_what, migrations, verdict) => {
    expect(verdictOn(migrations, now)).toEqual(verdict);
  });
});

describe('a review of an eviction', () => {
  let made: object[];
  let there: MigrationObject[];
  let pod: V1Pod | undefined;
  let away: boolean;
  let node: V1Node | undefined;

  beforeEach(() => {
    [made, there, away, node] = [[], [], false, { spec: { unschedulable: true } }];
    pod = { metadata: { name: 'web-1', uid, labels: { 'carryon.io/service': service, 'carryon.io/role': 'outer' }, annotations: { 'carryon.io/on-eviction': '{"destination":"cloud","relayFor":"1m"}' } }, status: { phase: 'Running' } };
  });

  const reviewer: EvictionReviewer = {
    cluster: 'edge',
    namespace: 'services',
    pod: () => Promise.resolve(pod),
    node: () => Promise.resolve(node),
    ownership: () => Promise.resolve({ name: 'web', ...(away && { away: { service, name: 'web' } }) }),
    migrations: () => Promise.resolve(there),
    make: (object) => Promise.resolve(void made.push(object)),
    log: pino({ level: 'silent' }),
  };
  const question: AdmissionRequest = { uid: 'question', operation: 'CREATE', name: 'web-1', namespace: 'services', resource: { group: '', resource: 'pods' }, subResource: 'eviction', object: { metadata: { name: 'web-1' } } };
  const ask = (more: Partial<AdmissionRequest> = {}, other: Partial<EvictionReviewer> = {}) => reviewEviction({ ...question, ...more }, { ...reviewer, ...other });
  const waits = { allowed: false, status: { code: 429, reason: 'TooManyRequests', message: expect.stringContaining('move to cloud') } };

  it('makes the Migration that the pod asks for, and has whoever evicts come again', async () => {
    expect(await ask()).toMatchObject(waits);
    expect(made).toEqual([
      { apiVersion: 'carryon.io/v1alpha1', kind: 'Migration', metadata: { name: `evicted-${uid}-1`, namespace: 'services', labels: { 'carryon.io/evicted': uid, 'carryon.io/cluster': 'edge' } }, spec: { destination: 'cloud', relayFor: '1m', service, source: 'edge' } },
    ]);
  });

  it('takes a taint of what scales the cluster for the same', async () => {
    node = { spec: { taints: [{ key: 'ToBeDeletedByClusterAutoscaler', effect: 'NoSchedule' }] } };
    expect(await ask()).toMatchObject(waits);
  });

  it('makes nothing for a dry run', async () => {
    expect(await ask({ dryRun: true })).toMatchObject(waits);
    expect(made).toEqual([]);
  });

  it.each<[string, () => Partial<AdmissionRequest> | void]>([
    ['of a pod that is not there', () => void (pod = undefined)],
    ["of somebody else's pod", () => void delete pod?.metadata?.labels?.['carryon.io/service']],
    ['of a pod that stands in', () => void (pod!.metadata!.labels!['carryon.io/role'] = 'stand-in')],
    ['of a pod that says nothing', () => void delete pod?.metadata?.annotations],
    ['of a pod whose annotation is damaged', () => void (pod!.metadata!.annotations = { 'carryon.io/on-eviction': 'cloud' })],
    ['of a pod whose node goes on', () => void (node = { spec: { taints: [{ key: 'slow', effect: 'PreferNoSchedule' }] } })],
    ['of a pod whose node is not known', () => void (node = undefined)],
    ['of a pod that has ended', () => void (pod!.status!.phase = 'Failed')],
    ['of a pod whose service is elsewhere', () => void (away = true)],
    ['in another namespace', () => ({ namespace: 'other' })],
    ['that is none', () => ({ subResource: 'binding' })],
  ])('lets go what is not meant: %s', async (_what, arrange) => {
    expect(await ask(arrange() ?? {})).toEqual({ uid: 'question', allowed: true });
    expect(made).toEqual([]);
  });

  it('lets the pod go where no Migration can be made', async () => {
    expect(await ask({}, { make: () => Promise.reject(new Error('no such resource')) })).toEqual({ uid: 'question', allowed: true });
  });
});
