import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Answer } from '../../chaos/oracle/answer';
import { check } from '../../chaos/oracle/check';

const script = path.resolve(__dirname, '../../../scripts/test-failed.mjs');
let directory: string;
beforeAll(() => void (directory = mkdtempSync(path.join(tmpdir(), 'carryon-test-'))));
afterAll(() => rmSync(directory, { recursive: true }));

/** Names of those that failed with a message, and may run once more. */
function repeated(messages: Record<string, string>): string[] {
  const testResults = Object.entries(messages).map(([name, message]) => ({ name, status: message === '' ? 'passed' : 'failed', message }));
  writeFileSync(path.join(directory, 'e2e.json'), JSON.stringify({ testResults }));
  return execFileSync(process.execPath, [script, directory], { encoding: 'utf8' }).split('\n').slice(0, -1);
}

const answer = (sequence: number, more: Partial<Answer> = {}): Answer => ({ kind: 'I', cluster: 'edge', incarnation: 'a', sequence, atMs: sequence * 10, number: 0, ...more });
const faultsOf = (answers: Answer[], ledger: string[] = [], running = 1) => check({ answers, ledger, running: [running, 0] }).faults.join('; ');

describe('a test file that failed', () => {
  it('runs once more when it was too slow, or anything else', () => {
    expect(repeated({ '/slow': 'waited 60000 ms for: the end', '/good': '', '/harness': '+   "violated: post-copy/at-rest/temporal: the cell could not be run to its end: no Docker",\n > 37 | expect(violated.map((result) => `violated: ${idOf(result)}`' })).toEqual(['/slow', '/harness']);
  });

  it('does not when a checker saw a guarantee broken, whichever it is', () => {
    const broken = {
      '/lost': faultsOf([answer(1, { kind: 'W', number: 1 })]),
      '/hole': faultsOf([], ['1 a', '3 a']),
      '/twice': faultsOf([answer(2), answer(2, { cluster: 'cloud', atMs: 21 })]),
      '/back': faultsOf([answer(5, { atMs: 100 }), answer(6, { atMs: 50 })]),
      '/overlap': faultsOf([answer(1), answer(1, { incarnation: 'b', atMs: 15 }), answer(2)]),
      '/copies': faultsOf([answer(1)], [], 2),
      '/pages': faultsOf([answer(1, { kind: 'M', zeroPages: 1, wrongPages: 2 })]),
    };
    const told = { '/cell': '+   "violated: post-copy/source:freeze/temporal: committed, but 2 connections that had come in at the source are broken",', '/redis': '    +   "lost": 3,', '/counting': 'connection 1: 7 came where 9 was due', '/postgres': 'writer 0: 4 rows up to number 5' };
    expect(repeated(told)).toEqual([]);
    expect(Object.values(broken)).not.toContain('');
    expect(repeated(broken)).toEqual([]);
  });
});
