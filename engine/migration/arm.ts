import { RefusedError } from '../../domain/errors';
import type { Engine } from '../engine';
import { mayArm } from '../journal/allowed';
import type { JournalView } from '../journal/reduce';
import { insist } from '../refusal';
import { cleanDestination } from './clean-destination';
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

/** An arrival that never was committed, or a source in doubt whose service has run elsewhere since: neither may come back. */
async function leaveOlder(engine: Engine, view: JournalView): Promise<void> {
  if (view.state !== 'armedD' && view.state !== 'gated' && view.state !== 'handedOff') return;
  const older = await engine.tickets.at(view.epoch);
  if (view.state === 'handedOff') {
    await concludeOlder(engine, older);
  } else {
    await engine.journal.append({ epoch: view.epoch, state: 'discarded', migration: view.current?.migration });
  }
  if (older) await cleanDestination(engine, older);
}

/** The other side can only ask for the service to come back because it got the commit: the driver is told, and retires the frozen tree. */
async function concludeOlder(engine: Engine, older: HeldTicket | undefined): Promise<void> {
  await engine.init.none();
  const dir = older && engine.layout.handoff(older.ticket.migration);
  if (!dir || !(await engine.drivers.alive(dir))) return;
  await engine.drivers.ask(dir, { do: 'answer', state: 'running' });
  await engine.drivers.ask(dir, { do: 'finish' });
  await engine.drivers.ended(dir);
}
