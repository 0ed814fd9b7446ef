import type { Engine } from '../engine';
import type { JournalView } from '../../domain/journal';
import { cleanDestination } from './clean-destination';
import { askToDiscard, recordDiscard } from './record-discard';
import type { HeldTicket } from './tickets';

/**
 * In a turn, before a newer epoch is recorded: an arrival that never was committed, or a source in doubt whose service has run elsewhere
 * since, may not come back. Refused (`committed`) when that arrival owns the service after all.
 */
export async function leaveOlder(engine: Engine, view: JournalView): Promise<void> {
  if (view.state !== 'armedD' && view.state !== 'gated' && view.state !== 'handedOff') return;
  const older = await engine.tickets.at(view.epoch);
  if (view.state === 'handedOff') await concludeOlder(engine, older);
  else await discardOlder(engine, view, older);
  if (older) await cleanDestination(engine, older);
}

async function discardOlder(engine: Engine, view: JournalView, older: HeldTicket | undefined): Promise<void> {
  const dir = older && engine.layout.handoff(older.ticket.migration);
  if (dir && (await engine.drivers.alive(dir))) await askToDiscard(engine, dir);
  await recordDiscard(engine, { epoch: view.epoch, migration: view.current?.migration });
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
