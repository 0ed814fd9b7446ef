import { mkdtemp, readFile, writeFile, appendFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { journalFile } from '../../../engine/journal/file';
import { reduceJournal, stateAt } from '../../../domain/journal';
import { relayEpoch } from '../../../engine/journal/relay-epoch';
import { journalStates, type JournalState } from '../../../domain/service';

const lines = (...entries: [number, JournalState][]) => entries.map(([epoch, state]) => `${JSON.stringify({ epoch, state, at: '' })}\n`).join('');

describe('reading the journal', () => {
  it('says absent when nothing was ever written', () => {
    expect(reduceJournal('')).toMatchObject({ state: 'absent', epoch: 0 });
  });

  it('takes the newest line of the highest epoch', () => {
    expect(reduceJournal(lines([1, 'running'], [2, 'armedS'], [2, 'frozen']))).toMatchObject({ state: 'frozen', epoch: 2 });
  });

  it('lets a late line of an older epoch change history only', () => {
    const view = reduceJournal(lines([1, 'running'], [2, 'armedS'], [3, 'armedD'], [2, 'relaying']));
    expect(view).toMatchObject({ state: 'armedD', epoch: 3 });
    expect(stateAt(view, 2)).toBe('relaying');
  });

  it('answers absent for an epoch it never heard of', () => {
    expect(stateAt(reduceJournal(lines([1, 'running'])), 7)).toBe('absent');
  });

  it('ignores a last line without its end, even when it would parse', () => {
    expect(reduceJournal(`${lines([1, 'running'])}{"epoch":2,"state":"armedS","at":""}`)).toMatchObject({ state: 'running', epoch: 1 });
  });

  it('ignores the torn remains of an earlier crash in the middle', () => {
    expect(reduceJournal(`${lines([1, 'running'])}{"epoch":2,"sta\n${lines([2, 'armedS'])}`)).toMatchObject({ state: 'armedS', epoch: 2 });
  });

  it('ignores states it does not know and epochs that are no whole numbers', () => {
    expect(reduceJournal('{"epoch":2,"state":"flying"}\n{"epoch":1.5,"state":"running"}\n{"epoch":-1,"state":"running"}\nnull\n')).toMatchObject({ state: 'absent' });
  });
});

describe('a journal that engine and driver write at the same time', () => {
  const stateOf = (...states: JournalState[]) => reduceJournal(lines(...states.map((state): [number, JournalState] => [2, state]))).state;

  it('says what was first, the commit or the discard', () => {
    expect(stateOf('armedD', 'gated', 'discarded', 'running')).toBe('discarded');
    expect(stateOf('armedD', 'gated', 'running', 'discarded')).toBe('running');
  });

  it('lets nothing follow a discard', () => {
    expect(journalStates.filter((state) => stateOf('armedD', 'discarded', state) !== 'discarded')).toEqual([]);
  });

  it('lets a service that is here wait for pages, and nothing else', () => {
    for (const state of ['running', 'waiting'] as const) expect(journalStates.filter((next) => stateOf(state, next) === next)).toEqual(['running', 'waiting']);
  });

  it('decides each epoch for itself', () => {
    expect(reduceJournal(lines([2, 'discarded'], [3, 'running'], [2, 'running']))).toMatchObject({ state: 'running', epoch: 3 });
    expect(stateAt(reduceJournal(lines([2, 'discarded'], [3, 'running'], [2, 'running'])), 2)).toBe('discarded');
  });
});

describe('writing the journal', () => {
  let path: string;
  beforeEach(async () => {
    path = join(await mkdtemp(join(tmpdir(), 'journal-')), 'journal.ndjson');
  });

  it('reads back what it appended', async () => {
    const journal = journalFile(path);
    await journal.append({ epoch: 1, state: 'running' });
    await journal.append({ epoch: 2, state: 'armedS', migration: 'm', peer: 'cloud' });
    expect(await journal.read()).toMatchObject({ state: 'armedS', epoch: 2, current: { migration: 'm', peer: 'cloud' } });
  });

  it('is not swallowed by a line that was torn before it', async () => {
    await writeFile(path, `${lines([1, 'running'])}{"epoch":2,"st`);
    await journalFile(path).append({ epoch: 2, state: 'armedS' });
    expect(await journalFile(path).read()).toMatchObject({ state: 'armedS', epoch: 2 });
  });

  it('sees what the driver appends to the same file', async () => {
    const journal = journalFile(path);
    await journal.append({ epoch: 2, state: 'armedS' });
    await appendFile(path, lines([2, 'frozen']));
    expect((await journal.read()).state).toBe('frozen');
  });

  it('is read the same when what was read has to last', async () => {
    expect(await journalFile(path).readDurably()).toMatchObject({ state: 'absent', epoch: 0 });
    await writeFile(path, lines([2, 'handedOff'], [2, 'owing']));
    expect(await journalFile(path).readDurably()).toMatchObject({ state: 'owing', epoch: 2 });
  });

  it('tells who was too late', async () => {
    await writeFile(path, lines([2, 'gated'], [2, 'running']));
    expect((await journalFile(path).append({ epoch: 2, state: 'discarded' })).state).toBe('running');
  });

  it('writes times with nanoseconds, as the driver does', async () => {
    await journalFile(path).append({ epoch: 1, state: 'running' });
    expect(await readFile(path, 'utf8')).toMatch(/"at":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z"/);
  });
});

describe('the epoch that is relayed for', () => {
  it('is the newest when that relays', () => {
    expect(relayEpoch(reduceJournal(lines([1, 'running'], [2, 'relaying'])))).toBe(2);
  });

  it('is an older one when the arrival after it came to nothing', () => {
    expect(relayEpoch(reduceJournal(lines([2, 'relaying'], [3, 'discarded'], [4, 'armedD'])))).toBe(2);
  });

  it('is none once the service has returned, or the relay has ended', () => {
    expect(relayEpoch(reduceJournal(lines([2, 'relaying'], [3, 'running'])))).toBeUndefined();
    expect(relayEpoch(reduceJournal(lines([2, 'relaying'], [2, 'retired'])))).toBeUndefined();
    expect(journalStates).toContain('retired');
  });
});
