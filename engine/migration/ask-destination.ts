import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { CarryonError } from '../../domain/errors';
import { journalStates, type JournalState } from '../../domain/service';
import type { Engine } from '../engine';
import type { JournalView } from '../../domain/journal';
import { loadSpec } from '../service/spec-file';
import { launch } from '../service/launch';
import { hasWholeDump } from './own-dump';
import { restoreOwnDump } from './restore-own-dump';
import type { HeldTicket } from './tickets';

const answer = z.object({ state: z.enum(journalStates), lost: z.boolean().optional(), owed: z.boolean().optional() });

/** What the destination says of the epoch. `owed`: the service is there, and not all of its memory. */
export interface WordOfDestination {
  state: JournalState;
  owed?: boolean;
}

const firstPauseMs = 500;
const longestPauseMs = 10_000;
/** Whatever is in the way of a restore does not go within seconds, and each attempt reads the whole dump. */
const pauseAfterFailureMs = 30_000;

/**
 * The container was restarted while a migration led away from here: the frozen tree is gone, and only the destination's journal
 * knows whether it got the commit. Until it answers nothing is started here.
 */
export async function askDestinationUntilSure(engine: Engine, held: HeldTicket, signal: AbortSignal): Promise<void> {
  for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    if (!inDoubt(await engine.journal.read(), held)) return;
    const word = await askDestination(engine, held, await hasWholeDump(engine, held));
    const concluded = word && (await engine.turn(() => conclude(engine, held, word)).catch((error: unknown) => notConcluded(engine, held, error)));
    if (concluded === true) return;
    await sleep(concluded === 'failed' ? pauseAfterFailureMs : pauseMs, undefined, { signal }).catch(() => undefined);
  }
}

/** The question stays open: nothing else is started here, until a later attempt succeeds or people decide. */
function notConcluded({ log }: Engine, { ticket }: HeldTicket, error: unknown): 'failed' {
  const next = error instanceof CarryonError ? error.next : undefined;
  log.error({ migration: ticket.migration, reason: String(error), next }, 'the service is this side\'s, and could not be brought up; trying again');
  return 'failed';
}

const open: readonly JournalState[] = ['armedS', 'frozen', 'handedOff'];

/** False when a newer ticket, a coordinator or a human has decided meanwhile. */
export const inDoubt = (view: JournalView, { ticket }: HeldTicket) => view.epoch === ticket.epoch && open.includes(view.state);

/**
 * Undefined when it does not answer. An arrival that was not committed is discarded by the question: afterwards its word is final. One that is
 * lost with a restart of its container, and waits for our word, never runs unless we say so: as good as discarded.
 * @param dead Proof: the frozen tree died with its container and has not run since its dump. A complete copy there is committed by that, and not discarded.
 */
export async function askDestination(engine: Engine, { ticket, role }: HeldTicket, dead = false): Promise<WordOfDestination | undefined> {
  try {
    const { lost, ...word } = answer.parse(await engine.peer(ticket, role).post('/v1/peer/abort', { epoch: ticket.epoch, ...(dead && { dead }) }));
    return lost ? { state: 'discarded' } : word;
  } catch (error) {
    engine.log.warn({ migration: ticket.migration, reason: (error as Error).message }, 'the destination does not say what became of the migration; asking again');
    return undefined;
  }
}

export type Conclusion = 'ours' | 'theirs' | 'unknown';

/** What the destination's word about the epoch means for the source. */
export function concludeFrom(state: JournalState): Conclusion {
  switch (state) {
    case 'discarded':
      return 'ours';
    // It got the commit, and perhaps sent the service on since.
    case 'running':
    case 'waiting':
    case 'armedS':
    case 'frozen':
    case 'handedOff':
    case 'owing':
    case 'relaying':
    case 'retired':
      return 'theirs';
    case 'absent':
    case 'armedD':
    case 'gated':
      return 'unknown';
  }
}

/** In its turn, and only where no frozen tree is left. False when that word decides nothing. `afresh`: as for `restoreOwnDump`. */
export async function conclude(engine: Engine, held: HeldTicket, { state, owed = false }: WordOfDestination, afresh = false): Promise<boolean> {
  const { ticket } = held;
  if (!inDoubt(await engine.journal.read(), held)) return true;
  const spec = await loadSpec(engine.layout.spec);
  const entry = { epoch: ticket.epoch, migration: ticket.migration, peer: ticket.destination.cluster };
  switch (concludeFrom(state)) {
    case 'unknown':
      return false;
    case 'theirs':
      // What is owed died here with the frozen tree: who asks for it hears that, instead of a word of success.
      await engine.journal.append({ ...entry, state: owed ? 'owing' : 'relaying' });
      if (spec) await engine.network.relay(spec, ticket);
      return true;
    case 'ours':
      if (spec && (await restoreOwnDump(engine, held, spec, afresh))) return true;
      await engine.journal.append({ ...entry, state: 'running' });
      if (spec) await launch(engine, spec, () => Promise.resolve());
      return true;
  }
}
