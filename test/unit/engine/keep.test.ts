import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { JournalView } from '../../../domain/journal';
import type { JournalState } from '../../../domain/service';
import type { Side } from '../../../domain/resolution';
import type { Engine } from '../../../engine/engine';
import { keep } from '../../../engine/migration/keep';
import type { HeldTicket } from '../../../engine/migration/tickets';

const migration = 'm';
const epoch = 2;
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'keep-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const view = (state: JournalState): JournalView => {
  const current = { epoch, state, at: '' };
  return { state, epoch, current, history: new Map([[epoch, current]]) };
};

/** Nothing but what a look needs: whatever else is touched fails. */
async function engineThat(asks: boolean, role: Side, state: JournalState): Promise<Engine> {
  const layout = { question: join(directory, 'question-open'), kept: join(directory, 'kept.json') } as Engine['layout'];
  if (asks) await writeFile(layout.question, String(epoch));
  const held = { role, ticket: { migration, epoch, source: { cluster: 'edge' }, destination: { cluster: 'cloud' } } } as HeldTicket;
  const parts = {
    layout,
    journal: { read: () => Promise.resolve(view(state)) },
    tickets: { newest: () => Promise.resolve(held) },
  };
  return parts as Partial<Record<keyof Engine, unknown>> as Engine;
}

describe('what was decided before a restart does not count after it, though the journal says the same', () => {
  it.each([
    ['source', 'frozen'],
    ['source', 'armedS'],
    ['source', 'handedOff'],
    ['destination', 'gated'],
  ] as const)('%s, %s', async (role, seen) => {
    await expect(keep(await engineThat(true, role, seen), { migration, epoch, seen, asks: false })).rejects.toMatchObject({ code: 'changed', recovery: 'retry' });
    await rm(join(directory, 'question-open'));
    await expect(keep(await engineThat(false, role, seen), { migration, epoch, seen, asks: true })).rejects.toMatchObject({ code: 'changed', recovery: 'retry' });
  });
});
