import { PassThrough } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { parseLogLine } from '../../../cli/output/log-line';
import { errorText } from '../../../cli/output/print-error';
import { progressDisplay } from '../../../cli/output/progress';
import { planText } from '../../../cli/output/plan-text';
import { reportText } from '../../../cli/output/report-text';
import { table } from '../../../cli/output/table';
import { RefusedError } from '../../../domain/errors';
import type { MigrationPlan } from '../../../domain/migration';
import { whereNow } from '../../../domain/whereabouts';

test('an error names its code, its cluster and what to do next', () => {
  const text = errorText(new RefusedError('port-taken', 'Port 80 is used.', { cluster: 'edge', next: 'Free it.' }));
  expect(text).toBe('error: Port 80 is used.\n  code: port-taken (cluster edge)\n  next: Free it.\n');
});

test('a table keeps its columns apart', () => {
  expect(table(['A', 'B'], [['long', 'x']])).toBe('A     B\nlong  x\n');
});

describe('a log line', () => {
  test('is read with its stream and whether it goes on', () => {
    expect(parseLogLine('2026-01-02T03:04:05.678901234Z stderr P half ')).toEqual({ time: '2026-01-02T03:04:05.678901234Z', stream: 'stderr', text: 'half ', partial: true });
  });

  test('may be empty', () => {
    expect(parseLogLine('2026-01-02T03:04:05Z stdout F ')).toMatchObject({ text: '', partial: false });
    expect(parseLogLine('2026-01-02T03:04:05Z stdout F')).toMatchObject({ text: '', partial: false });
  });

  test('keeps what looks like a header in its text', () => {
    expect(parseLogLine('t stdout F a stdout F b')?.text).toBe('a stdout F b');
    expect(parseLogLine('something else')).toBeUndefined();
  });
});

test('where a service runs is said for every outcome', () => {
  const place = { name: 'cache', from: 'edge', to: 'cloud' };
  expect(whereNow({ ...place, outcome: 'committed' })).toContain('runs on cloud');
  expect(whereNow({ ...place, outcome: 'rolled-back' })).toContain('runs on edge');
  expect(whereNow({ ...place, outcome: 'rolled-back', sourceNow: 'stopped' })).toContain('is stopped on edge');
  expect(whereNow({ ...place, outcome: 'rolled-back', sourceNow: 'anew' })).toMatch(/runs on edge.*began anew.*memory was lost/);
  expect(whereNow({ ...place, outcome: 'rolled-back', sourceNow: 'gone' })).toContain('no outer container on edge');
  expect(whereNow({ ...place, outcome: 'refused' })).toContain('runs on edge');
  expect(whereNow({ ...place, outcome: 'needs-human' })).toContain('at most one copy');
});

test('a report names what did not go as asked', () => {
  const report = { migration: 'm', service: 'x', name: 'cache', from: 'edge', to: 'cloud', strategy: 'post-copy', outcome: 'committed', migrationMs: 1, downtimeMs: 1, bytesSent: 1, steps: [] } as const;
  expect(reportText({ ...report, steps: [] })).not.toContain('warning');
  expect(reportText({ ...report, steps: [], warnings: [{ code: 'cutover-hook-failed', message: 'A hook of cloud failed: down.' }] })).toContain('warning (cutover-hook-failed): A hook of cloud failed: down.');
});

test('a plan that is refused shows every reason', () => {
  const plan: MigrationPlan = {
    service: { id: 'x', name: 'cache', image: 'redis', ports: [], volumes: [], restart: 'no' },
    from: 'edge',
    to: 'cloud',
    strategy: 'post-copy',
    reasons: ['it is faster'],
    risks: ['it may fail'],
    refusals: [
      { code: 'port-taken', message: 'Port 80 is in use.' },
      { code: 'memory', message: 'Too little memory.' },
    ],
    predicted: { migrationMs: 3000, downtimeMs: 40, bytes: 1024, exposureMs: 0, exposedBytes: 0 },
  };
  expect(planText(plan)).toMatch(/it cannot be done:\n\s+port-taken: Port 80.*\n\s+memory: Too little/);
  expect(planText(plan)).toContain('  because it is faster\n  risk: it may fail\n');
  expect(planText({ ...plan, refusals: [] })).toContain('nothing stands in its way');
});

test('a plan tells how long post-copy exposes how much, and a report how long it did', () => {
  const post: MigrationPlan = {
    service: { id: 'x', name: 'cache', image: 'redis', ports: [], volumes: [], restart: 'no' },
    from: 'edge',
    to: 'cloud',
    strategy: 'post-copy',
    reasons: [],
    risks: [],
    refusals: [],
    predicted: { migrationMs: 3000, downtimeMs: 40, bytes: 1024, exposureMs: 320, exposedBytes: 128 * 1024 ** 2 },
  };
  expect(planText(post)).toMatch(/window: for about 320 ms after the commit \(2\.6 s per GiB\) up to 128 MiB of its memory are at edge alone/);
  expect(planText({ ...post, predicted: { ...post.predicted, exposureMs: 0 } })).not.toContain('window');
  const report = { migration: 'm', service: 's', name: 'cache', from: 'edge', to: 'cloud', strategy: 'post-copy', outcome: 'committed', migrationMs: 1, downtimeMs: 1, bytesSent: 1, steps: [] } as const;
  expect(reportText({ ...report, steps: [], window: { ms: 140, owedBytes: 128 * 1024 ** 2, msPerGib: 1120 } })).toContain('140 ms after the commit (128 MiB owed, 1.1 s per GiB)');
  expect(reportText({ ...report, steps: [] })).not.toContain('window');
});

test('without a terminal progress is one line per change, and nothing at all for programs', () => {
  const stderr = new PassThrough();
  const io = { stdin: new PassThrough(), stdout: new PassThrough(), stderr, env: {}, directory: '/' };
  const lines = progressDisplay({ io, json: false });
  const progress = { phase: 'restore' as const, message: 'restoring', bytes: 0, totalBytes: 10 };
  lines.show(progress);
  lines.show({ ...progress, bytes: 5 });
  lines.show({ ...progress, message: 'done' });
  progressDisplay({ io, json: true }).show({ ...progress, message: 'silent' });
  expect((stderr.read() as Buffer).toString()).toBe('restore: restoring\nrestore: done\n');
});
