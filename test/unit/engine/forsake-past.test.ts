import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { JournalState } from '../../../domain/service';
import { journalFile } from '../../../engine/journal/file';
import { layout } from '../../../engine/paths';
import { forsakePast } from '../../../engine/service/forsake-past';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'past-'));
  await mkdir(join(root, 'opt'));
});
afterEach(() => rm(root, { recursive: true }));

async function begin(state: JournalState, made: 'for an arrival' | 'for a named arrival' | 'as ever') {
  const paths = layout({ state: join(root, 'state'), images: root, run: root, opt: join(root, 'opt'), volumes: root, localVolumes: root });
  const journal = journalFile(paths.journal);
  await journal.append({ epoch: 4, state });
  if (made === 'for an arrival') await writeFile(paths.arrives, '');
  const parts = { journal, layout: paths, log: pino({ level: 'silent' }) };
  const arrival = made === 'for a named arrival' ? 'one' : undefined;
  await forsakePast(parts, arrival);
  // A restart of the container.
  await forsakePast(parts, arrival);
  const view = await journal.read();
  return `${view.state} ${view.epoch}`;
}

it.each(['running', 'waiting', 'handedOff', 'gated', 'owing'] as const)('an outer container that was made for an arrival does not revive what its volume says: %s', async (state) => {
  expect(await begin(state, 'for an arrival')).toBe('discarded 5');
});

it.each(['relaying', 'retired', 'discarded'] as const)('what claims nothing stays as it is: %s', async (state) => {
  expect(await begin(state, 'for an arrival')).toBe(`${state} 4`);
});

it('a name of the arrival does the same, once', async () => {
  expect(await begin('running', 'for a named arrival')).toBe('discarded 5');
});

it('any other outer container goes on with what its journal says', async () => {
  expect(await begin('running', 'as ever')).toBe('running 4');
});
