import { describe, expect, it } from '@jest/globals';
import type { MigrationEnd, MigrationStatus } from '../../../clients/temporal';
import { UnavailableError } from '../../../domain/errors';
import type { MigrationReport, Step } from '../../../domain/migration';
import type { Phase } from '../../../domain/phases';
import { eventsOf } from '../../../operator/events';
import type { MigrationObject, MigrationObjectStatus } from '../../../operator/migration';
import type { Seen } from '../../../operator/seen';
import { statusOf } from '../../../operator/status';

const run = { workflowId: 'migrate-cache', runId: 'r1' };
const object: MigrationObject = { metadata: { name: 'm', namespace: 'default', uid: 'u', generation: 1 }, spec: { service: 'cache', destination: 'cloud' } };
const step = (phase: Phase, name: string, startedMs: number): Step => ({ phase, name, startedMs, durationMs: 10 });
const prepared = step('prepare', 'make the outer container at cloud', 100);
const handedOver = [prepared, step('freeze', 'hold: held', 200), step('freeze', 'freeze: frozen', 300), step('commit', 'commit: committed', 340)];

const report = (over: Partial<MigrationReport> = {}): MigrationReport => ({
  ...{ migration: 'm1', service: 's', name: 'cache', from: 'edge', to: 'cloud', strategy: 'post-copy', outcome: 'committed' },
  ...{ migrationMs: 3204, downtimeMs: 38.1, bytesSent: 1024.4, steps: handedOver },
  ...over,
});
const told = (phase: Phase, answer?: MigrationReport): MigrationStatus => ({ ...run, status: 'RUNNING', startedAt: '2026-01-02T03:04:05.000Z', progress: { phase, message: `doing ${phase}`, bytes: 1, totalBytes: 2 }, report: answer });

const at = (second: number) => new Date(Date.UTC(2026, 0, 2, 3, 4, second));
const derive = (seen: Seen, before?: MigrationObjectStatus, second = 6) => statusOf(object, before, seen, at(second));
const condition = (status: MigrationObjectStatus, wanted: string) => status.conditions.find(({ type }) => type === wanted);
const reasons = (seen: Seen, before?: MigrationObjectStatus) => eventsOf(derive(seen, before), seen).map(({ reason }) => reason);
const ended = (end: MigrationEnd, before?: MigrationObjectStatus) => derive({ run, end }, before);

describe('a migration that has no workflow yet', () => {
  const trouble = new UnavailableError('temporal-unreachable', 'Temporal does not answer.', { next: 'See that it runs.' });

  it('is pending, and says why nothing is known of it', () => {
    const status = derive({ trouble });
    expect(status).toMatchObject({ phase: 'pending', message: 'Temporal does not answer; it is tried again. See that it runs.' });
    expect(status.conditions).toEqual([{ type: 'Accepted', status: 'Unknown', reason: 'temporal-unreachable', message: status.message, observedGeneration: 1, lastTransitionTime: at(6).toISOString() }]);
    expect(reasons({ trouble })).toEqual([]);
  });

  it('may be refused', () => {
    const end: MigrationEnd = { outcome: 'refused', code: 'already-migrating', message: '"cache" is being migrated already', next: 'Wait.' };
    const status = derive({ end });
    expect(status).toMatchObject({ phase: 'refused', outcome: 'refused' });
    expect(status.runId).toBeUndefined();
    expect(condition(status, 'Accepted')).toMatchObject({ status: 'False', reason: 'already-migrating', message: '"cache" is being migrated already. Wait.' });
    expect(condition(status, 'Completed')).toMatchObject({ status: 'False', reason: 'already-migrating' });
    expect(reasons({ end })).toEqual(['Refused']);
  });
});

describe('a migration under way', () => {
  it.each<[Phase, MigrationReport | undefined, string]>([
    ['plan', undefined, 'Unknown'],
    ['queue', report({ steps: [] }), 'Unknown'],
    // Planned anew after its wait.
    ['plan', report({ steps: [step('queue', 'waits', 0)] }), 'Unknown'],
    ['prepare', report({ steps: [] }), 'True'],
    ['rollback', report({ steps: [] }), 'Unknown'],
    ['rollback', report({ steps: [prepared] }), 'True'],
  ])('in phase %s is accepted when its plan is made', (phase, answer, accepted) => {
    const status = derive({ run, told: told(phase, answer) });
    expect(status).toMatchObject({ phase, message: `doing ${phase}`, progress: { bytes: 1, totalBytes: 2 }, workflowId: run.workflowId, runId: run.runId });
    expect(condition(status, 'Accepted')?.status).toBe(accepted);
    expect(status.outcome).toBeUndefined();
  });

  it('says from where to where and by what it moves', () => {
    const status = derive({ run, told: told('prepare', report({ steps: [] })) });
    expect(status.source).toBe('edge');
    expect(condition(status, 'Accepted')?.message).toBe('cache moves from edge to cloud by post-copy.');
    // A report before the commit has no downtime to tell.
    expect(status.report).toBeUndefined();
  });

  it('stays as it was, but for the message, while Temporal is away', () => {
    const before = derive({ run, told: told('prepare', report({ steps: [] })) });
    const trouble = new UnavailableError('temporal-unreachable', 'Temporal does not answer');
    const status = derive({ run, trouble }, before, 30);
    expect(status).toMatchObject({ phase: 'prepare', source: 'edge', message: 'Temporal does not answer; it is tried again.' });
    expect(status.conditions).toEqual(before.conditions);
  });

  it('has a downtime from the commit on', () => {
    expect(derive({ run, told: told('finish', report()) }).report).toEqual({ strategy: 'post-copy', downtime: '38 ms', downtimeMs: 38.1, migrationTime: '3.2 s', migrationMs: 3204, bytesSent: 1024 });
  });
});

describe('a migration that has ended', () => {
  const before = derive({ run, told: told('prepare', report({ steps: [] })) }, undefined, 5);

  it('is completed when it was committed; a condition keeps the time of its last change', () => {
    const status = ended({ outcome: 'committed', message: 'x', report: report() }, before);
    expect(status).toMatchObject({ phase: 'committed', outcome: 'committed', message: 'cache runs on cloud.', report: { downtime: '38 ms' } });
    expect(status.progress).toBeUndefined();
    expect(condition(status, 'Accepted')).toMatchObject({ status: 'True', lastTransitionTime: at(5).toISOString() });
    expect(condition(status, 'Completed')).toMatchObject({ status: 'True', reason: 'committed', lastTransitionTime: at(6).toISOString() });
  });

  it('is rolled back, with the reason and what to do', () => {
    const status = ended({ outcome: 'rolled-back', message: 'no room; the service runs on at edge', code: 'disk-full', report: report({ outcome: 'rolled-back', steps: [prepared], downtimeMs: 0 }) }, before);
    expect(condition(status, 'RolledBack')).toMatchObject({ status: 'True', reason: 'disk-full', message: 'no room; the service runs on at edge. Remove the reason, delete this Migration and make another one.' });
    expect(condition(status, 'Completed')).toMatchObject({ status: 'False', reason: 'disk-full' });
    expect(condition(status, 'Accepted')?.status).toBe('True');
    expect(status.report?.downtime).toBeUndefined();
  });

  it('was accepted before it is refused after all, when an engine sees what the plan could not', () => {
    const status = ended({ outcome: 'refused', message: 'CRIU is too old.', code: 'criu', refusals: [] }, before);
    expect(condition(status, 'Accepted')).toMatchObject({ status: 'False', reason: 'criu', lastTransitionTime: at(6).toISOString() });
  });

  it.each(['resumed', 'needs-human'] as const)('has failed when it ended as %s, and says what a human does', (outcome) => {
    const status = ended({ outcome, message: 'lost', code: 'debt-gone', report: report({ outcome }) }, before);
    expect(condition(status, 'Failed')).toMatchObject({ status: 'True', reason: 'debt-gone' });
    expect(condition(status, 'Failed')?.message).toMatch(outcome === 'resumed' ? /connect anew/ : /at most one copy executes\. Look at both sides with `carryon ps`/);
    expect(condition(status, 'Completed')?.status).toBe('False');
  });

  it('tells all of its events, though nobody looked in between', () => {
    const seen: Seen = { run, told: told('plan'), end: { outcome: 'committed', message: 'x', report: report() } };
    const events = eventsOf(derive(seen), seen);
    expect(events.map(({ reason }) => reason)).toEqual(['Accepted', 'Frozen', 'Committed', 'Completed']);
    expect(events.map((event) => event.at?.toISOString())).toEqual([undefined, '2026-01-02T03:04:05.310Z', '2026-01-02T03:04:05.350Z', undefined]);
  });

  it('was not frozen because it was asked to freeze', () => {
    const end: MigrationEnd = { outcome: 'rolled-back', message: 'x', code: 'x', report: report({ outcome: 'rolled-back', steps: [prepared, step('freeze', 'freeze', 200), step('freeze', 'hold: held', 200)] }) };
    expect(reasons({ run, end })).toEqual(['Accepted', 'RolledBack']);
  });
});
