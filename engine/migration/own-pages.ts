import { RefusedError } from '../../domain/errors';
import type { Engine } from '../engine';
import type { JournalView } from '../journal/reduce';

/** A service whose pages are still at the peer that it came from cannot leave: they would be owed by two. The driver of the arrival knows. */
export async function insistOnOwnPages(engine: Engine, view: JournalView): Promise<void> {
  const arrived = await engine.tickets.at(view.epoch);
  if (arrived?.role !== 'destination') return;
  const dir = engine.layout.handoff(arrived.ticket.migration);
  if (!(await engine.drivers.alive(dir))) return;
  // One that ends while it is asked has nothing to wait for.
  const answer = await engine.drivers.ask(dir, { do: 'status' }).catch(() => undefined);
  if (!answer?.ok || answer.pagesDone !== false) return;
  throw new RefusedError('owing', `pages of this service are still in cluster ${arrived.ticket.source.cluster}, from where migration ${arrived.ticket.migration} brought it`, {
    next: 'wait until that migration is finished (`carryon status`), then migrate again',
  });
}
