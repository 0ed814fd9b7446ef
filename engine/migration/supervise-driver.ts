import type { JournalState } from '../../domain/service';
import type { Engine } from '../engine';
import { wasReady } from './events';

/** States in which nobody but the driver can go on, or back. `armedS` is one of them as soon as a driver was ready: it lasts until all is frozen. */
const frozenStates: readonly JournalState[] = ['frozen', 'handedOff', 'gated'];

/** A frozen copy must not wait for a human because its driver died: started again, that reads in the journal what is left to do. */
export async function superviseDriver(engine: Engine): Promise<void> {
  const view = await engine.journal.read();
  const held = await engine.tickets.at(view.epoch);
  // Without its sandbox (the container was restarted) there is nothing to thaw: then the peer is asked.
  if (!held || !(await engine.sandbox.find())) return;
  const dir = engine.layout.handoff(held.ticket.migration);
  if (!frozenStates.includes(view.state) && !(view.state === 'armedS' && (await wasReady(dir)))) return;
  if (await engine.drivers.alive(dir)) return;
  // It writes before it ends: one that is done has not died.
  const now = await engine.journal.read();
  if (now.epoch !== view.epoch || now.state !== view.state) return;
  engine.log.warn({ migration: held.ticket.migration, state: view.state }, 'the handoff driver has died; starting it again');
  await engine.drivers.revive(held.role, dir);
}
