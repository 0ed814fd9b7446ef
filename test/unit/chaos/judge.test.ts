import { describe, expect, it } from '@jest/globals';
import type { Cell, Victim } from '../../chaos/cell';
import { judge, type Observed } from '../../chaos/oracle/judge';

const cell = (killed: Victim, more: Partial<Cell> = {}): Cell => ({ step: 'source:freeze', killed, strategy: 'post-copy', ...more });
const base: Observed = {
  atKill: { source: 'armedS', destination: 'armedD' },
  now: {},
  end: { outcome: 'committed', message: '' },
  answers: { at: 'destination', sameMemory: true },
  findings: { copies: 1, lostAcknowledged: 0, incarnations: ['a'], faults: [] },
  broken: { source: 0, destination: 0 },
  watched: { looks: 3, faults: [] },
};
const rolledBack: Observed = { ...base, end: { outcome: 'rolled-back', message: '' }, answers: { at: 'source', sameMemory: true } };
const begunAnew = { outcome: 'rolled-back' as const, message: '', report: { sourceNow: 'anew' as const } };
const anew: Observed = { ...base, answers: { at: 'destination', sameMemory: false }, findings: { ...base.findings, incarnations: ['a', 'b'] } };
const outcome = (of: Cell, seen: Observed) => judge(of, seen).outcome;

describe('the judgement of a cell', () => {
  it('is committed when the service runs on at the destination and the migration says so', () => {
    expect(judge(cell('source-engine'), base)).toEqual({ outcome: 'committed', lostMemory: false, lostAcknowledged: 0, copies: 1, connectionsBroken: 0 });
    expect(outcome(cell('source-engine'), { ...base, end: undefined })).toBe('violated');
    expect(outcome(cell('source-engine'), { ...base, end: { outcome: 'rolled-back', message: '' } })).toBe('violated');
  });

  it('is rolled back when it runs on at the source', () => {
    expect(outcome(cell('destination-driver'), rolledBack)).toBe('rolled-back');
    expect(outcome(cell('destination-driver'), { ...rolledBack, end: { outcome: 'needs-human', message: '' } })).toBe('violated');
    expect(outcome(cell('destination-driver'), { ...rolledBack, end: begunAnew })).toBe('violated');
    // Nobody is gone: a clock says only what time it is.
    expect(outcome(cell('source-clock'), rolledBack)).toBe('violated');
    expect(outcome(cell('source-clock'), base)).toBe('committed');
  });

  it.each(['source', 'destination'] as const)('allows a broken connection only where the outer container was killed that it came in by: the %s', (side) => {
    const seen = { ...rolledBack, broken: { source: 0, destination: 0, [side]: 2 } };
    expect(outcome(cell(`${side}-container`), seen)).toBe('rolled-back');
    expect(outcome(cell(`${side}-engine`), seen)).toBe('violated');
    expect(outcome(cell(side === 'source' ? 'destination-container' : 'source-container'), seen)).toBe('violated');
  });

  it('is violated by any fault that the check found, whatever the outcome', () => {
    const faulty = { ...base, findings: { ...base.findings, copies: 2, faults: ['2 copies run'] } };
    expect(judge(cell('temporal'), faulty)).toMatchObject({ outcome: 'violated', copies: 2, remarks: ['2 copies run'] });
  });

  it('is violated when two copies ran at once at any time, or nobody looked', () => {
    expect(judge(cell('temporal'), { ...base, watched: { looks: 3, faults: ['two copies ran'] } })).toMatchObject({ outcome: 'violated', copies: 2, remarks: ['two copies ran'] });
    expect(outcome(cell('temporal'), { ...base, watched: { looks: 0, faults: [] } })).toBe('violated');
  });

  it('is an ordinary crash when the killed container held the only running copy', () => {
    const unarrived = { ...anew, answers: { at: 'source' as const, sameMemory: false }, end: begunAnew };
    expect(outcome(cell('source-container'), unarrived)).toBe('ordinary-crash');
    // Whoever reads the report must not take it for the service that it was.
    expect(outcome(cell('source-container'), { ...unarrived, end: { outcome: 'rolled-back', message: '' } })).toBe('violated');
    expect(outcome(cell('source-container'), { ...unarrived, end: { outcome: 'needs-human', message: '' } })).toBe('violated');
    expect(outcome(cell('source-container'), { ...unarrived, atKill: {}, end: { outcome: 'rolled-back', message: '' } })).toBe('ordinary-crash');
    expect(outcome(cell('destination-container'), { ...anew, atKill: { source: 'owing', destination: 'running' } })).toBe('ordinary-crash');
    expect(outcome(cell('source-container', { step: 'at-rest' }), { ...unarrived, atKill: {}, end: undefined })).toBe('ordinary-crash');
  });

  it.each([
    ['source-engine', {}],
    ['destination-container', { source: 'armedS', destination: 'gated' }],
    ['source-container', { source: 'owing', destination: 'running' }],
  ] as const)('is violated when memory is gone and %s was not the only holder', (killed, atKill) => {
    expect(outcome(cell(killed), { ...anew, answers: { at: 'source', sameMemory: false }, atKill })).toBe('violated');
  });

  it('is violated when a copy that was only gated begins anew, whatever its journal says afterwards', () => {
    const seen: Observed = { ...anew, atKill: { source: 'frozen', destination: 'gated' }, now: { source: 'relaying', destination: 'running' } };
    expect(outcome(cell('destination-container'), seen)).toBe('violated');
  });

  it('is violated when a crash starts the service more than once', () => {
    expect(outcome(cell('source-container'), { ...anew, findings: { ...anew.findings, incarnations: ['a', 'b', 'c'] } })).toBe('violated');
  });

  it('is a declared loss only when the migration says so, and what to do next', () => {
    const lost: Observed = { ...base, answers: undefined, now: { source: 'relaying', destination: 'waiting' }, end: { outcome: 'needs-human', message: 'pages are gone', next: 'Run it anew.' }, announced: true };
    expect(judge(cell('source-container'), lost)).toMatchObject({ outcome: 'declared-loss', lostMemory: true });
    expect(outcome(cell('source-container'), { ...lost, end: { outcome: 'needs-human', message: '' } })).toBe('violated');
    expect(outcome(cell('source-container'), { ...lost, end: undefined })).toBe('violated');
    expect(outcome(cell('source-container'), { ...lost, announced: false })).toBe('violated');
    expect(outcome(cell('source-engine'), lost)).toBe('violated');
    expect(outcome(cell('source-container', { strategy: 'stop-and-copy' }), lost)).toBe('violated');
  });

  it('allows a standstill only while the link is cut', () => {
    const waits: Observed = { ...base, stoodStill: { source: 'owing', destination: 'waiting' }, toldThen: 'mend the link, or decide with `carryon resolve`' };
    const inDoubt: Observed = { ...base, stoodStill: { source: 'handedOff', destination: 'gated' } };
    expect(outcome(cell('link-ever'), waits)).toBe('waiting');
    expect(outcome(cell('link-ever'), { ...waits, toldThen: 'wait for the remaining pages' })).toBe('violated');
    expect(outcome(cell('link-ever'), { ...waits, stoodStill: { source: 'owing', destination: 'running' }, toldThen: 'wait for the remaining pages' })).toBe('waiting');
    expect(outcome(cell('link-ever'), inDoubt)).toBe('frozen-in-doubt');
    for (const seen of [waits, inDoubt]) {
      expect(outcome(cell('link-ever'), { ...seen, end: { outcome: 'needs-human', message: '' } })).toBe('violated');
      expect(outcome(cell('link-ever'), { ...seen, end: undefined })).toBe('violated');
    }
    expect(outcome(cell('source-engine'), { ...base, stoodStill: { source: 'owing' } })).toBe('violated');
    expect(outcome(cell('link-ever', { strategy: 'stop-and-copy' }), { ...base, stoodStill: { source: 'owing' } })).toBe('violated');
  });

  it('is violated when nobody answers and nothing explains it', () => {
    expect(judge(cell('temporal'), { ...base, answers: undefined, end: undefined, progress: 'in doubt' })).toMatchObject({ outcome: 'violated', remarks: [expect.stringContaining('in doubt')] });
  });
});
