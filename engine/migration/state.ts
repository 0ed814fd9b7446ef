import type { MigrationState } from '../../domain/engine';
import type { Engine } from '../engine';
import { stateAt } from '../../domain/journal';
import { bytesSent, readEvents } from './events';
import { otherSide } from './tickets';

/** What is known of the newest migration; undefined when there was none. */
export async function migrationState(engine: Engine): Promise<MigrationState | undefined> {
  const held = await engine.tickets.newest();
  if (!held) return undefined;
  const { ticket, role } = held;
  const [view, events] = await Promise.all([engine.journal.read(), readEvents(engine.layout.handoff(ticket.migration))]);
  return { migration: ticket.migration, epoch: ticket.epoch, role, peer: otherSide(held).cluster, state: stateAt(view, ticket.epoch), strategy: ticket.strategy, events, bytesSent: bytesSent(events) };
}
