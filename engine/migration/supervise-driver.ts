import type { Engine } from '../engine';
import { ensureSourceDriver } from './prepare-source';

/** A frozen service must not wait for a human because its driver died: started again, that reads in the journal what is left to do. */
export async function superviseDriver(engine: Engine): Promise<void> {
  const view = await engine.journal.read();
  if (view.state !== 'frozen' && view.state !== 'handedOff') return;
  const held = await engine.tickets.at(view.epoch);
  // Without its sandbox (the container was restarted) there is nothing to thaw: then the peer is asked.
  if (held?.role !== 'source' || !(await engine.sandbox.find())) return;
  if (await engine.drivers.alive(engine.layout.handoff(held.ticket.migration))) return;
  engine.log.warn({ migration: held.ticket.migration, state: view.state }, 'the handoff driver has died; starting it again');
  await ensureSourceDriver(engine, held);
}
