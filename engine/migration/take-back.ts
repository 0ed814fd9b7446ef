import { RefusedError } from '../../domain/errors';
import type { JournalState } from '../../domain/service';
import type { Engine } from '../engine';
import { stateAt } from '../../domain/journal';
import { abortAtSource } from './abort';
import { conclude, inDoubt } from './ask-destination';
import { isQuestionOpen } from './question';
import { settle } from './settle';
import type { HeldTicket } from './tickets';

/**
 * The destination's outer container was restarted, and its journal knows of no commit: what it had restored is gone, and it starts nothing
 * before it has this answer. A source that had no acknowledgement takes the service back first: else it might still hear one, sent before
 * the restart, of which the destination knows nothing any more, and nobody would be left.
 */
export async function answerLost(engine: Engine, epoch: number): Promise<{ epoch: number; state: JournalState }> {
  const held = await engine.tickets.at(epoch);
  if (held?.role === 'source' && inDoubt(await engine.journal.read(), held)) await takeBack(engine, held);
  return { epoch, state: stateAt(await engine.journal.readDurably(), epoch) };
}

/** The service goes on here: whoever calls knows that the destination has not got it and never will. `afresh`: as for `restoreOwnDump`. */
export async function takeBack(engine: Engine, held: HeldTicket, afresh = false): Promise<void> {
  if (!(await hasFrozenTree(engine, held))) {
    await engine.turn(() => conclude(engine, held, { state: 'discarded' }, afresh));
    return;
  }
  try {
    await abortAtSource(engine, held, () => Promise.resolve('ours'));
  } catch (error) {
    // The acknowledgement came in this moment: that is an answer too.
    if (!(error instanceof RefusedError && error.code === 'committed')) throw error;
  }
  await settle(engine);
}

/** A restarted container has none: what stands there is restored from the final dump at most. */
async function hasFrozenTree(engine: Engine, { ticket }: HeldTicket): Promise<boolean> {
  if (await isQuestionOpen(engine, ticket.epoch)) return false;
  return (await engine.drivers.alive(engine.layout.handoff(ticket.migration))) || (await engine.sandbox.find()) !== undefined;
}
