import { RefusedError } from '../../domain/errors';
import type { Engine } from '../engine';
import { mayArm } from '../journal/allowed';
import { insist } from '../refusal';
import { insistOnFree } from '../service/hold';
import { leaveOlder } from './leave-older';
import { insistOnStaying } from './leaving';
import { insistOnOwnPages } from './own-pages';
import { noLongerExpected } from './stay';
import type { HeldTicket } from './tickets';

/** Takes the ticket: from here on both engines answer for this epoch, and each refuses any other. Both records are on disk when it resolves. */
export async function arm(engine: Engine, held: HeldTicket): Promise<void> {
  const { ticket, role } = held;
  const view = await engine.journal.read();
  insist(mayArm(view, role, ticket));
  if (view.epoch === ticket.epoch && view.current?.migration === ticket.migration) return;
  await insistOnFree(engine);
  if (role === 'source') await insistOnOwnPages(engine, view);
  if (role === 'source' && !(await engine.sandbox.find())) {
    throw new RefusedError('not-running', 'the application has ended', { next: 'start the service again' });
  }
  if (role === 'destination') {
    await insistOnStaying(engine);
    await leaveOlder(engine, view);
  }
  await engine.tickets.save(held);
  await engine.trustChanged();
  const peer = (role === 'source' ? ticket.destination : ticket.source).cluster;
  await engine.journal.append({ epoch: ticket.epoch, state: role === 'source' ? 'armedS' : 'armedD', migration: ticket.migration, peer });
  await noLongerExpected(engine);
  engine.log.info({ migration: ticket.migration, epoch: ticket.epoch, role, peer }, 'armed');
}
