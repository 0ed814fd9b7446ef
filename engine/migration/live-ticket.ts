import { RefusedError } from '../../domain/errors';
import type { Engine } from '../engine';
import type { HeldTicket } from './tickets';

/** The newest ticket; a caller that means another migration is told so. */
export async function liveTicket(engine: Engine, migration?: string): Promise<HeldTicket> {
  const held = await engine.tickets.newest();
  if (!held) throw new RefusedError('no-migration', 'this engine has taken no ticket yet', { next: 'prepare the migration first' });
  if (migration !== undefined && held.ticket.migration !== migration) {
    throw new RefusedError('other-migration', `the newest ticket here is of migration ${held.ticket.migration}, not ${migration}`, { next: 'ask for the state of the migration that you mean' });
  }
  return held;
}
