import { rm } from 'node:fs/promises';
import type { JournalState } from '../../domain/service';
import type { Engine } from '../engine';
import { readIfThere } from '../read-file';
import { writeDurably } from '../write-file';

/** What would be revived, or asked about. A relay goes on: it carries connections of a service that is elsewhere. */
const claims: readonly JournalState[] = ['running', 'waiting', 'armedS', 'frozen', 'handedOff', 'armedD', 'gated', 'owing'];

/**
 * This outer container was made for an arrival, on the volume of one that was removed with the service in it. The service runs elsewhere since, so
 * what the journal says of that time may not come back: a newer epoch says so. Before anything is started, and once: by a mark in the outer container, or by
 * the name of an arrival, which is on the volume from then on.
 */
export async function forsakePast({ journal, layout, log }: Pick<Engine, 'journal' | 'layout' | 'log'>, arrival?: string): Promise<void> {
  const isNew = arrival !== undefined && (await readIfThere(layout.arrival)) !== arrival;
  if (!isNew && (await readIfThere(layout.arrives)) === undefined) return;
  const { state, epoch } = await journal.read();
  if (claims.includes(state)) {
    await journal.append({ epoch: epoch + 1, state: 'discarded' });
    log.warn({ state, epoch }, 'this outer container was made for an arrival: what its volume says of an earlier one is over');
  }
  await rm(layout.arrives, { force: true });
  // One that is lost would have the service that came by this arrival forsaken at the next start.
  if (isNew) await writeDurably(layout.arrival, arrival);
}
