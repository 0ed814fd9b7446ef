import { CarryonError, UnavailableError } from '../../domain/errors';
import type { Engine } from '../engine';
import type { HeldTicket } from './tickets';

/** Codes that mean: the peer has not taken this ticket yet. */
const notYet: readonly string[] = ['peer-does-not-trust-us', 'not-armed'];

/** The destination fetches the image meanwhile; the same limit as the coordinator's. */
const completesWithinMs = 30 * 60_000;

/** False when the peer has not taken the ticket yet; it will come to us when it has. */
export async function completeDestination(engine: Engine, { ticket, role }: HeldTicket): Promise<boolean> {
  try {
    await engine.peer(ticket, role).post('/v1/peer/arm', { migration: ticket.migration, epoch: ticket.epoch }, completesWithinMs);
    return true;
  } catch (error) {
    if (isNotYet(error)) return false;
    throw error;
  }
}

export const isNotYet = (error: unknown): boolean => error instanceof CarryonError && notYet.includes(error.code);

export async function insistOnDestination(engine: Engine, held: HeldTicket): Promise<void> {
  if (await completeDestination(engine, held)) return;
  throw new UnavailableError('peer-not-armed', `cluster ${held.ticket.destination.cluster} has not taken the ticket of migration ${held.ticket.migration}`, { next: 'prepare the destination, then try again' });
}
