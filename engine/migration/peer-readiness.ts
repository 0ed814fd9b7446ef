import { CarryonError, MigrationFailedError, UnavailableError } from '../../domain/errors';
import type { Engine } from '../engine';
import type { HeldTicket } from './tickets';

/** Codes that mean: the peer has not taken this ticket yet. */
const notYet: readonly string[] = ['peer-does-not-trust-us', 'not-armed'];

/** Code that means: what was prepared for this ticket is gone, and will not come again. */
export const arrivalOver = 'arrival-over';

/** The destination fetches the image meanwhile; the same limit as the coordinator's. */
const completesWithinMs = 30 * 60_000;

/** False when the peer has not taken the ticket yet; it will come to us when it has. Fails for good when it has given the arrival up. */
export async function completeDestination(engine: Engine, { ticket, role }: HeldTicket): Promise<boolean> {
  try {
    await engine.peer(ticket, role).post('/v1/peer/arm', { migration: ticket.migration, epoch: ticket.epoch }, completesWithinMs);
    return true;
  } catch (error) {
    if (isNotYet(error)) return false;
    if (!(error instanceof CarryonError) || error.code !== arrivalOver) throw error;
    throw new MigrationFailedError('peer-discarded', `cluster ${ticket.destination.cluster} has discarded what was prepared for migration ${ticket.migration}; the service runs on`, {
      next: 'migrate again', cause: error,
    });
  }
}

export const isNotYet = (error: unknown): boolean => error instanceof CarryonError && notYet.includes(error.code);

export async function insistOnDestination(engine: Engine, held: HeldTicket): Promise<void> {
  if (await completeDestination(engine, held)) return;
  throw new UnavailableError('peer-not-armed', `cluster ${held.ticket.destination.cluster} has not taken the ticket of migration ${held.ticket.migration}`, { next: 'prepare the destination, then try again' });
}
