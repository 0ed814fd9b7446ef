import { describe, expect, test } from '@jest/globals';
import { maxPasses, smallPassBytes } from '../../../domain/defaults';
import { nextEpoch } from '../../../domain/epoch';
import { outerSpecOf } from '../../../domain/outer-spec';
import { decidePreCopy } from '../../../domain/pre-copy';
import { buildReport, stepsOfEvents } from '../../../domain/report';
import { parseRequest } from '../../../domain/request';
import type { ServiceSpec } from '../../../domain/service';
import { UndoFailedError, UndoStack } from '../../../domain/undo-stack';
import { spec } from '../../fakes/facts';

describe('decidePreCopy', () => {
  const decide = (...bytes: number[]) => decidePreCopy(bytes.map((sent) => ({ bytes: sent }))).do;
  const big = smallPassBytes * 1000;
  test('copies at least once', () => expect(decide()).toBe('iterate'));
  test('hands off when little was left', () => expect(decide(big, smallPassBytes)).toBe('handoff'));
  test('goes on while passes get smaller', () => expect(decide(big, big / 4)).toBe('iterate'));
  test('hands off when they do not converge', () => expect(decide(big, big * 0.9)).toBe('handoff'));
  test('hands off after enough passes', () => expect(decide(...Array.from({ length: maxPasses }, (_, n) => big / 2 ** n))).toBe('handoff'));
});

describe('nextEpoch', () => {
  test('lies above all that either side knows', () => expect(nextEpoch(3, 9, 4)).toBe(10));
  test('begins at 1', () => expect(nextEpoch()).toBe(1));
});

describe('UndoStack', () => {
  const stackOf = (log: string[], failing?: string) => {
    const stack = new UndoStack();
    for (const name of ['first', 'second', 'third']) {
      stack.push({ name, run: () => (name === failing ? Promise.reject(new Error('stuck')) : Promise.resolve(void log.push(name))) });
    }
    return stack;
  };

  test('unwinds last-in first-out', async () => {
    const log: string[] = [];
    await stackOf(log).unwind();
    expect(log).toEqual(['third', 'second', 'first']);
  });

  test('stops at the first undo that fails and tells what was not tried', async () => {
    const log: string[] = [];
    const failed = await stackOf(log, 'second').unwind().catch((error: unknown) => error);
    expect(log).toEqual(['third']);
    expect(failed).toBeInstanceOf(UndoFailedError);
    expect(failed).toMatchObject({ failed: 'second', remaining: ['first'], cause: { message: 'stuck' } });
  });
});

describe('parseRequest', () => {
  test('fills in defaults', () => {
    expect(parseRequest({ service: 'cache', to: 'cloud' })).toEqual({
      service: 'cache',
      to: 'cloud',
      strategy: 'auto',
      maxDowntimeMs: 200,
      relayForMs: 600_000,
      execSessions: 'refuse',
      safety: 'normal',
      priority: 50,
      onLoss: 'keep-frozen',
    });
  });

  test.each([[{ service: 'cache', to: 'cloud', relayForMs: -1 }], [{ service: 'cache', to: 'cloud', maxDowntimeMs: '200ms' }], [{ service: 7, to: 'cloud' }], [[]], [null]])(
    'refuses %j',
    (input) => expect(() => parseRequest(input)).toThrow(expect.objectContaining({ code: 'bad-request', recovery: 'refuse' })),
  );
});

describe('buildReport', () => {
  const rest = { migration: 'm', service: 's', name: 'cache', from: 'edge', to: 'cloud', strategy: 'post-copy', outcome: 'committed', bytesSent: 7 } as const;

  test('turns the timeline of the driver into steps of the phases that everybody knows', () => {
    const steps = stepsOfEvents(
      [
        { atMs: 900, step: 'prepare', state: 'ready', ms: 0 },
        { atMs: 995, step: 'ahead', state: 'sent', ms: 0, tookMs: 70, bytes: 9 },
        { atMs: 1002, step: 'hold', state: 'held', ms: 2 },
        { atMs: 1010, step: 'dump', state: 'stopped', ms: 10 },
        { atMs: 1020, step: 'commit', state: 'committed', ms: 20, bytes: 5 },
        { atMs: 1020, step: 'end', outcome: 'committed', downtimeMs: 20 },
      ],
      1000,
    );
    expect(steps).toEqual([
      { phase: 'pre-dump', name: 'ahead: sent', startedMs: -75, durationMs: 70, bytes: 9 },
      { phase: 'freeze', name: 'hold: held', startedMs: 0, durationMs: 2 },
      { phase: 'final-dump', name: 'dump: stopped', startedMs: 2, durationMs: 8 },
      { phase: 'commit', name: 'commit: committed', startedMs: 10, durationMs: 10, bytes: 5 },
    ]);
  });

  test('puts steps in the order in which they began', () => {
    const late = { phase: 'finish', name: 'b', startedMs: 9, durationMs: 1 } as const;
    const early = { phase: 'plan', name: 'a', startedMs: 1, durationMs: 1 } as const;
    expect(buildReport({ ...rest, startedMs: 100, endedMs: 350, downtimeMs: 25.04, steps: [late, early] })).toMatchObject({
      migrationMs: 250,
      downtimeMs: 25,
      steps: [early, late],
    });
  });
});

test('the outer specification leaves environment and command behind', () => {
  const full: ServiceSpec = { ...spec(), env: { PASSWORD: 'hunter2' }, command: ['--requirepass', 'hunter2'], address: '10.99.0.2' };
  expect(JSON.stringify(outerSpecOf(full))).not.toContain('hunter2');
  expect(outerSpecOf(full)).toEqual(spec());
});
