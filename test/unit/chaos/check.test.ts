import { describe, expect, it } from '@jest/globals';
import { parseAnswer, type Answer } from '../../chaos/oracle/answer';
import { check } from '../../chaos/oracle/check';

const a = 'aaaaaaaaaaaaaaaa';
const b = 'bbbbbbbbbbbbbbbb';
const answer = (sequence: number, more: Partial<Answer> = {}): Answer => ({ kind: 'I', cluster: 'edge', incarnation: a, sequence, atMs: sequence * 10, number: 0, ...more });
const written = (sequence: number, number: number, more: Partial<Answer> = {}) => answer(sequence, { kind: 'W', number, ...more });
const seen = (answers: Answer[], ledger: string[] = [], running = 1) => check({ answers, ledger, running: [running, 0] });

describe('the check of what clients heard', () => {
  it('has no fault to find in one copy that keeps its word', () => {
    expect(seen([written(1, 1), answer(2), written(3, 2, { cluster: 'cloud' })], [`1 ${a}`, `2 ${a}`])).toEqual({ copies: 1, lostAcknowledged: 0, incarnations: [a], faults: [] });
  });

  it('takes answers in any order, as connections differ in speed', () => {
    expect(seen([answer(3), answer(1), answer(2)]).faults).toEqual([]);
  });

  it('sees a write that was acknowledged and is gone', () => {
    expect(seen([written(1, 1), written(2, 2)], [`1 ${a}`])).toMatchObject({ lostAcknowledged: 1, faults: [expect.stringContaining('write 2')] });
  });

  it('sees a write whose place another incarnation has taken', () => {
    expect(seen([written(1, 1), written(9, 1, { incarnation: b })], [`1 ${b}`])).toMatchObject({ lostAcknowledged: 1 });
  });

  it('does not ask for a write that was not acknowledged', () => {
    expect(seen([written(1, 1)], [`1 ${a}`, `2 ${a}`]).faults).toEqual([]);
  });

  it('sees a hole in the ledger, and a line twice', () => {
    expect(seen([], [`1 ${a}`, `3 ${a}`]).faults).toHaveLength(1);
    expect(seen([], [`1 ${a}`, `1 ${a}`]).faults).toHaveLength(1);
  });

  it('sees two copies of one memory by an answer that was given twice', () => {
    expect(seen([answer(1), answer(2), answer(2, { cluster: 'cloud', atMs: 21 })])).toMatchObject({ copies: 2, faults: [expect.stringContaining('twice')] });
  });

  it('sees memory that went back', () => {
    expect(seen([answer(5, { atMs: 100 }), answer(6, { atMs: 50 })])).toMatchObject({ copies: 2, faults: [expect.stringContaining('before answer 5')] });
  });

  it('sees two incarnations that answer at the same time', () => {
    expect(seen([answer(1), answer(1, { incarnation: b, atMs: 15 }), answer(2)])).toMatchObject({ copies: 2, incarnations: [a, b], faults: [expect.stringContaining('still answered')] });
  });

  it('lets one incarnation follow another', () => {
    expect(seen([answer(1), answer(1, { incarnation: b, atMs: 500 })])).toMatchObject({ copies: 1, incarnations: [a, b], faults: [] });
  });

  it('sees copies that run without an answer', () => {
    expect(seen([answer(1)], [], 2)).toMatchObject({ copies: 2, faults: ['2 copies run'] });
  });

  it('sees pages of zeros, and pages older than the rest', () => {
    expect(seen([answer(1, { kind: 'M', zeroPages: 1, wrongPages: 2 })]).faults).toEqual(['2 pages of memory are wrong, 1 of them zeros']);
  });

  it('tells the first of many faults, and how many more there are', () => {
    expect(seen(Array.from({ length: 9 }, (_, index) => written(index + 1, index + 1))).faults).toEqual([expect.any(String), expect.any(String), expect.any(String), '… and 6 more like this']);
  });
});

describe('an answer', () => {
  it('is read with what it promises', () => {
    expect(parseAnswer('edge', `W ${a} 7 1700000000123456789 3`)).toEqual({ kind: 'W', cluster: 'edge', incarnation: a, sequence: 7, atMs: expect.closeTo(1700000000123.456, 1), number: 3 });
    expect(parseAnswer('edge', `M ${a} 7 1 3 0 2`)).toMatchObject({ zeroPages: 0, wrongPages: 2 });
  });

  it('is nothing else', () => {
    for (const line of ['E', '', 'W 1 2 3 4', `W ${a} 7 1 3 extra`]) expect(parseAnswer('edge', line)).toBeUndefined();
  });
});
