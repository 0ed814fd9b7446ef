import { RefusedError } from '../../domain/errors';
import type { HeldTicket } from './tickets';
import { otherSide, ownSide } from './tickets';

/** Is this ticket for this engine at all? Before anything is touched. */
export function checkTicket(held: HeldTicket, own: { cluster: string; service: string }): void {
  const { ticket, role } = held;
  if (ticket.service !== own.service) {
    throw new RefusedError('wrong-service', `the ticket is for service ${ticket.service}, this engine has ${own.service}`, { next: 'send it to the engine of that service' });
  }
  if (ownSide(held).cluster !== own.cluster) {
    throw new RefusedError('wrong-cluster', `the ticket names cluster ${ownSide(held).cluster} as ${role}, this engine is in ${own.cluster}`, { next: 'send it to the other engine' });
  }
  if (otherSide(held).cluster === own.cluster) {
    throw new RefusedError('same-cluster', `source and destination are both cluster ${own.cluster}`, { next: 'choose another destination' });
  }
}
