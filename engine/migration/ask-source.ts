import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { journalStates, type JournalState } from '../../domain/service';
import type { Engine } from '../engine';
import { launch } from '../service/launch';
import { loadSpec } from '../service/spec-file';
import { cleanDestination } from './clean-destination';
import type { HeldTicket } from './tickets';

const answer = z.object({ state: z.enum(journalStates) });
const firstPauseMs = 500;
const longestPauseMs = 10_000;

/** The source had our acknowledgement: the service is ours, even where our own line about it did not reach the disk. */
const committed: readonly JournalState[] = ['owing', 'relaying', 'retired'];
/** It could not take the service back yet. */
const undecided: readonly JournalState[] = ['armedS', 'frozen', 'handedOff'];

/**
 * The container was restarted while a service was arriving: that copy is gone. Lines written inside the freeze are not fsynced, so
 * after a host's crash only the source knows whether the commit was acknowledged. Until it answers nothing is started here.
 */
export async function askSourceUntilSure(engine: Engine, held: HeldTicket, signal: AbortSignal): Promise<void> {
  for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const view = await engine.journal.read();
    if (view.epoch !== held.ticket.epoch || (view.state !== 'armedD' && view.state !== 'gated')) return;
    const state = await askOnce(engine, held);
    if (state && !undecided.includes(state)) return engine.turn(() => concludeArrival(engine, held, committed.includes(state)));
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}

async function askOnce(engine: Engine, { ticket, role }: HeldTicket): Promise<JournalState | undefined> {
  try {
    return answer.parse(await engine.peer(ticket, role).post('/v1/peer/lost', { epoch: ticket.epoch })).state;
  } catch (error) {
    engine.log.warn({ migration: ticket.migration, reason: (error as Error).message }, 'the source does not say what became of the migration; asking again');
    return undefined;
  }
}

/** In its turn. The word of the source, or of people who know that it is lost. */
export async function concludeArrival(engine: Engine, held: HeldTicket, ours: boolean): Promise<void> {
  const { ticket } = held;
  const view = await engine.journal.read();
  // A newer ticket, or the source's wish to go on, came while it was asked.
  if (view.epoch !== ticket.epoch || (view.state !== 'armedD' && view.state !== 'gated')) return;
  const entry = { epoch: ticket.epoch, migration: ticket.migration, peer: ticket.source.cluster };
  if (!ours) {
    const { state } = await engine.journal.append({ ...entry, state: 'discarded' });
    return state === 'discarded' ? cleanDestination(engine, held) : undefined;
  }
  const { state } = await engine.journal.append({ ...entry, state: 'running' });
  if (state !== 'running') return;
  const spec = await loadSpec(engine.layout.spec);
  if (spec) await launch(engine, spec, () => Promise.resolve());
}
