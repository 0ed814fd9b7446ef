import { RefusedError } from '../../domain/errors';
import type { Engine } from '../engine';
import type { JournalView } from '../../domain/journal';
import { isFrozen } from '../sandbox/frozen';
import { noteOfPages, wasReady } from './events';
import type { HeldTicket } from './tickets';

/**
 * A service whose pages are still at the peer that it came from cannot leave: they would be owed by two. The driver of the arrival knows. Nor can one
 * that stands still between the record of its commit and the thaw: the driver that thaws it is started again only for the newest epoch.
 */
export async function insistOnOwnPages(engine: Pick<Engine, 'tickets' | 'drivers' | 'layout' | 'sandbox'>, view: Pick<JournalView, 'epoch'>): Promise<void> {
  const arrived = await engine.tickets.at(view.epoch);
  if (arrived?.role !== 'destination') return;
  const sandbox = await engine.sandbox.find();
  if (sandbox && (await isFrozen(sandbox.freezer))) {
    throw new RefusedError('owing', `migration ${arrived.ticket.migration} has brought this service, and has not let it run yet`, {
      next: 'wait until it runs (`carryon status`), then try again',
    });
  }
  if (await hasPages(engine, arrived)) return;
  throw new RefusedError('owing', `pages of this service are still in cluster ${arrived.ticket.source.cluster}, from where migration ${arrived.ticket.migration} brought it`, {
    next: 'wait until that migration is finished (`carryon status`), then try again',
  });
}

async function hasPages({ drivers, layout }: Pick<Engine, 'drivers' | 'layout'>, { ticket }: HeldTicket): Promise<boolean> {
  const dir = layout.handoff(ticket.migration);
  const answer = (await drivers.alive(dir)) ? await drivers.ask(dir, { do: 'status' }).catch(() => undefined) : undefined;
  if (answer?.ok) return answer.pagesDone !== false;
  if (ticket.strategy !== 'post-copy') return true;
  // A driver that died left its note, or lacked pages: the journal says `running` until the keeper has frozen the tree. Without a driver's
  // directory the container was restarted since, and the service began afresh.
  return !(await wasReady(dir)) || (await noteOfPages(dir)) !== undefined;
}
