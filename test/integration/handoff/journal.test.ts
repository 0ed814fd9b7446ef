import { execa } from 'execa';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';

const native = join(__dirname, '../../../engine/native/handoff');
let scratch: string;
let journal: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'journal-'));
  journal = join(scratch, 'journal.ndjson');
  const sources = ['journal', 'buffer', 'json', 'failure', 'fault'].map((name) => join(native, `${name}.c`));
  await execa('gcc', ['-std=gnu11', '-pthread', '-I', native, '-o', join(scratch, 'journal'), join(__dirname, 'fixtures/journal.c'), ...sources]);
}, 60_000);
beforeEach(async () => { await rm(journal, { force: true }); });
afterAll(async () => { await rm(scratch, { recursive: true, force: true }); });

const write = async (...states: string[]) => (await execa(join(scratch, 'journal'), [journal, ...states])).stdout.split('\n').filter(Boolean);
const line = (state: string) => JSON.stringify({ epoch: 1, state, migration: 'm1', peer: 'peer', at: '2026-01-01T00:00:00Z' });

describe('the journal of a driver', () => {
  test('takes back a state for which the disk has too little room, and goes on behind a whole line', async () => {
    expect(await write('armedD', 'full', 'gated', 'discarded')).toEqual(['written armedD', 'failed armedD', 'written discarded']);
    const lines = (await readFile(journal, 'utf8')).split('\n').filter(Boolean);
    expect(lines.map((text) => (JSON.parse(text) as { state: string }).state)).toEqual(['armedD', 'discarded']);
  });

  test.each([
    ['that got an end later', `${line('gated').slice(0, 40)}\n`],
    ['that has another one behind it', `${line('gated').slice(0, 40)}${line('running')}\n`],
    ['that has no end', line('gated')],
  ])('takes no state from a torn line %s', async (_what, torn) => {
    await writeFile(journal, `${line('armedD')}\n${torn}`);
    expect(await write('full', 'discarded')).toEqual(['failed armedD']);
  });

  test.each([
    ['of a discard before its commit', ['gated', 'other:discarded', 'running'], ['written gated', 'failed discarded']],
    ['of a discard before its gate', ['other:discarded', 'gated'], ['failed discarded']],
    ['of a service that runs before its discard', ['gated', 'other:running', 'discarded', 'waiting'], ['written gated', 'failed running', 'written waiting']],
    ['of an abort before its freeze', ['armedS', 'other:running', 'frozen'], ['written armedS', 'failed running']],
  ])('follows what another wrote first, which it learns %s', async (_what, words, said) => {
    expect(await write(...words)).toEqual(said);
  });

  test('takes what it wrote first for decided, also when it begins anew behind the other', async () => {
    expect(await write('gated', 'running', 'other:discarded')).toEqual(['written gated', 'written running']);
    expect(await write('discarded')).toEqual(['failed running']);
  });
});
