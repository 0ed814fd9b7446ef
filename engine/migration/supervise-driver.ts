import type { JournalState } from '../../domain/service';
import type { Engine } from '../engine';

/** States in which nobody but the driver can go on, or back. */
const frozenStates: readonly JournalState[] = ['frozen', 'handedOff', 'gated'];

/** A frozen copy must not wait for a human because its driver died: started again, that reads in the journal what is left to do. */
export async function superviseDriver(engine: Engine): Promise<void> {
  const view = await engine.journal.read();
  if (!frozenStates.includes(view.state)) return;
  const held = await engine.tickets.at(view.epoch);
  // Without its sandbox (the container was restarted) there is nothing to thaw: then the peer is asked.
  if (!held || !(await engine.sandbox.find())) return;
  const dir = engine.layout.handoff(held.ticket.migration);
  if (await engine.drivers.alive(dir)) return;
  engine.log.warn({ migration: held.ticket.migration, state: view.state }, 'the handoff driver has died; starting it again');
  await engine.drivers.revive(held.role, dir);
}
