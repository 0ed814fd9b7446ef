import { rm } from 'node:fs/promises';
import type { Engine } from '../engine';
import { relayEpoch } from '../journal/relay-epoch';
import { loadSpec } from '../service/spec-file';
import { askToDiscard } from './record-discard';
import type { HeldTicket } from './tickets';

/** After a discard nothing of the arrival is left; a relay of an earlier departure goes on. */
export async function cleanDestination(engine: Engine, held: HeldTicket): Promise<void> {
  const dir = engine.layout.handoff(held.ticket.migration);
  await endDriver(engine, dir);
  // The fence still stands: killing what is in the sandbox sends no FIN or RST to anyone.
  await engine.sandbox.destroy();
  await engine.network.removePeer(held.ticket, held.role);
  await rm(engine.layout.dump(held.ticket.epoch), { recursive: true, force: true });
  await rm(dir, { recursive: true, force: true });
  await backToRelay(engine);
  engine.log.info({ migration: held.ticket.migration, epoch: held.ticket.epoch }, 'discarded: nothing of this arrival is left');
}

/** The next arrival needs its port: so it is waited for. */
async function endDriver(engine: Engine, dir: string): Promise<void> {
  if (!(await engine.drivers.alive(dir))) return;
  // It may own the service, whatever our last look at the journal said: then nothing here may be touched.
  await askToDiscard(engine, dir);
  if (!(await engine.drivers.ended(dir))) engine.log.warn({ dir }, 'the handoff driver of a discarded arrival does not end');
}

async function backToRelay(engine: Engine): Promise<void> {
  const epoch = relayEpoch(await engine.journal.read());
  const [earlier, spec] = await Promise.all([epoch === undefined ? undefined : engine.tickets.at(epoch), loadSpec(engine.layout.spec)]);
  if (earlier && spec) return engine.network.relay(spec, earlier.ticket);
  return engine.network.tearDownAll();
}
