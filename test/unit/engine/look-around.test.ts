import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { JournalState } from '../../../domain/service';
import type { Engine } from '../../../engine/engine';
import { isQuestionOpen } from '../../../engine/migration/question';
import { lookAround } from '../../../engine/service/reattach';
import { hasForgotten } from '../../../engine/service/relay-forgot';

let run: string;
beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), 'carryon-look-around-'));
});
afterEach(() => rm(run, { recursive: true }));

const epoch = 5;
const begins = (state: JournalState, { ticket = true } = {}) => ({
  layout: { sandbox: join(run, 'carryon/sandbox.json'), question: join(run, 'carryon/question-open') },
  journal: { read: () => Promise.resolve({ state, epoch }) },
  tickets: { at: () => Promise.resolve(ticket ? {} : undefined) },
  log: { info: () => undefined },
}) as unknown as Engine;

describe('an engine that begins', () => {
  test.each(['armedS', 'frozen', 'handedOff', 'armedD', 'gated'] as const)('knows before anybody can ask it that its restarted container must ask its peer (%s)', async (state) => {
    const engine = begins(state);
    expect(await lookAround(engine)).toMatchObject({ fresh: true, view: { state } });
    expect(await isQuestionOpen(engine, epoch)).toBe(true);
  });

  test.each(['running', 'waiting', 'relaying', 'owing', 'retired', 'discarded'] as const)('has nothing to ask where the journal leaves no doubt (%s)', async (state) => {
    const engine = begins(state);
    await lookAround(engine);
    expect(await isQuestionOpen(engine, epoch)).toBe(false);
  });

  test('has nobody to ask without a ticket', async () => {
    const engine = begins('gated', { ticket: false });
    await lookAround(engine);
    expect(await isQuestionOpen(engine, epoch)).toBe(false);
  });

  test('takes only the first engine of a container for that: what is there afterwards is whole', async () => {
    await lookAround(begins('running'));
    const next = begins('gated');
    expect(await lookAround(next)).toMatchObject({ fresh: false });
    expect(await isQuestionOpen(next, epoch)).toBe(false);
  });

  test('knows that its kernel has forgotten the connections of this relay and older ones, and not of newer ones', async () => {
    const engine = begins('relaying');
    await lookAround(engine);
    expect(await Promise.all([epoch - 1, epoch, epoch + 1].map((relay) => hasForgotten(engine, relay)))).toEqual([true, true, false]);
  });
});
