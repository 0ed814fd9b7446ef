import { RefusedError } from '../../domain/errors';
import type { Engine } from '../engine';
import { cleanDestination } from './clean-destination';
import { preparation } from './prepare';
import { askToDiscard, recordDiscard } from './record-discard';
import type { Shared } from './shared';
import type { HeldTicket } from './tickets';

/** The arrival is given up: nothing of it is left and nothing of it can come back. Refused once it owns the service. */
export async function discardAtDestination(engine: Engine, shared: Shared, held: HeldTicket): Promise<undefined> {
  const { ticket, role } = held;
  if (role === 'source') throw new RefusedError('wrong-side', 'this engine is the source', { next: 'abort instead' });
  const dir = engine.layout.handoff(ticket.migration);
  if (await engine.drivers.alive(dir)) await askToDiscard(engine, dir);
  await engine.turn(() => recordDiscard(engine, ticket));
  await shared.settled(preparation(ticket.migration));
  await engine.turn(async () => {
    const view = await engine.journal.read();
    // A newer ticket has cleaned up when it was taken: the sandbox that stands now is that one's.
    if (view.epoch === ticket.epoch && view.state === 'discarded') await cleanDestination(engine, held);
  });
}
