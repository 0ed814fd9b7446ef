import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Engine } from '../engine';
import { cleanDestination } from './clean-destination';
import { consequencesOf, type Consequence } from './consequences';
import type { HeldTicket } from './tickets';

/** Brings init, sandbox and tunnel in line with the journal. Harmless when repeated. */
export function settle(engine: Engine): Promise<void> {
  return engine.turn(async () => {
    const held = await engine.tickets.newest();
    const view = await engine.journal.read();
    if (!held || held.ticket.epoch !== view.epoch) return;
    for (const consequence of consequencesOf(view.state, held.role)) await enact(engine, held, consequence);
  });
}

async function enact(engine: Engine, held: HeldTicket, consequence: Consequence): Promise<void> {
  switch (consequence) {
    case 'init-none':
      return engine.init.none();
    case 'init-main': {
      const sandbox = await engine.sandbox.find();
      return sandbox && engine.init.main(sandbox.pid);
    }
    case 'destroy-sandbox':
      return engine.sandbox.destroy();
    case 'forget-dumps':
      return forgetDumps(engine, held);
    case 'clean-source':
      return cleanSource(engine, held);
    case 'clean-destination':
      return cleanDestination(engine, held);
  }
}

/** A dump is of use until the commit: it is as large as the service's memory, and as secret. CRIU may still be writing its last lines beside it. */
const forgetDumps = (engine: Engine, { ticket }: HeldTicket) => rm(dirname(engine.layout.dump(ticket.epoch)), { recursive: true, force: true, maxRetries: 5 });

/** After an abort the service goes on. What the driver still reads is removed when it has ended. */
async function cleanSource(engine: Engine, held: HeldTicket): Promise<void> {
  await engine.network.removePeer(held.ticket, held.role);
  await rm(engine.layout.dump(held.ticket.epoch), { recursive: true, force: true });
  const dir = engine.layout.handoff(held.ticket.migration);
  void engine.drivers
    .ended(dir)
    .then((gone) => (gone ? rm(dir, { recursive: true, force: true }) : engine.log.warn({ dir }, 'the handoff driver of an aborted migration does not end')))
    .catch((error: unknown) => engine.log.warn({ dir, reason: String(error) }, 'could not remove what a migration left'));
}
