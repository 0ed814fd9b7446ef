import type { JournalView } from '../../domain/journal';
import type { Engine } from '../engine';
import type { HeldTicket } from './tickets';

/** A service that waits for pages which nobody fetches any more: its driver is dead, or knows that they are lost. Where only the link is away it goes on by itself. */
export async function isStranded(engine: Engine, { state }: JournalView, { ticket }: HeldTicket): Promise<boolean> {
  if (state !== 'waiting') return false;
  const dir = engine.layout.handoff(ticket.migration);
  if (!(await engine.drivers.alive(dir))) return true;
  const told = await engine.drivers.ask(dir, { do: 'status' }).catch(() => undefined);
  return told?.ok === true && told.outcome === 'waiting';
}
