import { afterEach, describe, expect, it } from '@jest/globals';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { JournalState } from '../../../domain/service';
import type { Engine } from '../../../engine/engine';
import { followJournal } from '../../../engine/migration/follow-journal';
import type { HeldTicket } from '../../../engine/migration/tickets';
import { eventually } from '../../e2e/support/await';

const pollMs = 10;
const restsAfterMs = 60;
let stop: () => void = () => undefined;
let directory: string;

afterEach(async () => {
  stop();
  await rm(directory, { recursive: true });
});

/** An engine whose journal says `state`, and whose driver of that migration lives or not. */
async function follow(state: JournalState, driver: { alive: boolean } | undefined, freezer = 'THAWED') {
  directory = await mkdtemp(path.join(tmpdir(), 'follow-'));
  const file = path.join(directory, 'journal.ndjson');
  await writeFile(file, 'a line\n');
  await writeFile(path.join(directory, 'freezer.state'), `${freezer}\n`);
  const seen = { reads: 0, revived: 0 };
  const held = { role: 'destination', dir: directory, ticket: { epoch: 3, migration: 'one' } } as unknown as HeldTicket;
  const engine = {
    layout: { journal: file, question: path.join(directory, 'question'), handoff: () => directory, state: directory },
    journal: { read: () => Promise.resolve({ state, epoch: 3, reads: seen.reads++ }) },
    tickets: { at: () => Promise.resolve(driver && held), newest: () => Promise.resolve(undefined) },
    drivers: { alive: () => Promise.resolve(driver?.alive ?? false), revive: () => Promise.resolve(void (seen.revived += 1)) },
    sandbox: { find: () => Promise.resolve({ pid: 1, freezer: directory }) },
    turn: (act: () => Promise<void>) => act(),
    log: { warn: () => undefined, error: () => undefined },
  } as unknown as Engine;
  stop = followJournal(engine, { pollMs, restsAfterMs });
  await eventually('its first look', () => Promise.resolve(seen.reads > 0), 2_000);
  await pause(restsAfterMs + 5 * pollMs);
  return { file, seen };
}

const readsMeanwhile = async (seen: { reads: number }) => {
  const before = seen.reads;
  await pause(20 * pollMs);
  return seen.reads - before;
};

describe('a journal that is followed', () => {
  it.each(['running', 'discarded', 'retired', 'absent'] as const)('is not read again while it says that nothing is under way (%s)', async (state) => {
    const { seen } = await follow(state, undefined);
    expect(await readsMeanwhile(seen)).toBe(0);
  });

  it.each(['running', 'relaying'] as const)('nor when the driver of the last migration has ended (%s)', async (state) => {
    const { seen } = await follow(state, { alive: false });
    expect(await readsMeanwhile(seen)).toBe(0);
    expect(seen.revived).toBe(0);
  });

  it('is read for some seconds more, as what a dead driver left may still be frozen by its keeper', async () => {
    const { seen } = await follow('running', { alive: false });
    expect(seen.reads).toBeGreaterThan(4);
  });

  it('is read again when it has another line', async () => {
    const { seen, file } = await follow('running', undefined);
    const before = seen.reads;
    await appendFile(file, 'another\n');
    await eventually('another look', () => Promise.resolve(seen.reads > before), 2_000);
  });

  it.each(['running', 'relaying'] as const)('is looked at as long as a driver lives, which may end without having done its work (%s)', async (state) => {
    const { seen } = await follow(state, { alive: true });
    expect(await readsMeanwhile(seen)).toBeGreaterThan(2);
  });

  it('is looked at as long as it names something that is under way', async () => {
    const { seen } = await follow('armedD', { alive: false });
    expect(await readsMeanwhile(seen)).toBeGreaterThan(2);
  });

  it('starts a driver again that left a service frozen which runs by the journal', async () => {
    const { seen } = await follow('running', { alive: false }, 'FROZEN');
    await eventually('another driver', () => Promise.resolve(seen.revived > 0), 3_000);
  });

  it('starts a driver again that left a frozen tree', async () => {
    const { seen } = await follow('handedOff', { alive: false });
    expect(seen.revived).toBeGreaterThan(0);
  });
});
