import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { JournalState } from '../../../domain/service';
import { journalFile } from '../../../engine/journal/file';
import { isQuestionOpen } from '../../../engine/migration/question';
import { ticketFiles, type HeldTicket } from '../../../engine/migration/tickets';
import { layout } from '../../../engine/paths';
import { lookAround } from '../../../engine/service/reattach';
import { hasForgotten } from '../../../engine/service/relay-forgot';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'carryon-look-around-'));
});
afterEach(() => rm(root, { recursive: true }));

const epoch = 5;
const held = {} as HeldTicket;

async function begins(state: JournalState, { ticket = true, at = epoch } = {}) {
  const paths = layout({ state: join(root, 'state'), images: root, run: join(root, 'run'), opt: root, volumes: root, localVolumes: root });
  const journal = journalFile(paths.journal);
  await journal.append({ epoch: at, state });
  return { layout: paths, journal, tickets: { ...ticketFiles(paths.tickets), at: () => Promise.resolve(ticket ? held : undefined) }, log: pino({ level: 'silent' }) };
}

describe('an engine that begins', () => {
  test.each(['armedS', 'frozen', 'handedOff', 'armedD', 'gated'] as const)('knows before anybody can ask it that its restarted container must ask its peer (%s)', async (state) => {
    const engine = await begins(state);
    expect(await lookAround(engine)).toMatchObject({ fresh: true, view: { state } });
    expect(await isQuestionOpen(engine, epoch)).toBe(true);
  });

  test.each(['running', 'waiting', 'relaying', 'owing', 'retired', 'discarded'] as const)('has nothing to ask where the journal leaves no doubt (%s)', async (state) => {
    const engine = await begins(state);
    await lookAround(engine);
    expect(await isQuestionOpen(engine, epoch)).toBe(false);
  });

  test('has nobody to ask without a ticket', async () => {
    const engine = await begins('gated', { ticket: false });
    await lookAround(engine);
    expect(await isQuestionOpen(engine, epoch)).toBe(false);
  });

  test('takes only the first engine of a container for that: what is there afterwards is whole', async () => {
    await lookAround(await begins('running'));
    const next = await begins('gated', { at: epoch + 1 });
    expect(await lookAround(next)).toMatchObject({ fresh: false, view: { state: 'gated' } });
    expect(await isQuestionOpen(next, epoch + 1)).toBe(false);
  });

  test('knows that its kernel has forgotten the connections of this relay and older ones, and not of newer ones', async () => {
    const engine = await begins('relaying');
    await lookAround(engine);
    expect(await Promise.all([epoch - 1, epoch, epoch + 1].map((relay) => hasForgotten(engine, relay)))).toEqual([true, true, false]);
  });
});
