import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '../engine';
import { loadSpec } from '../service/spec-file';
import { readEvents, wasReady } from './events';
import type { HeldTicket } from './tickets';

/**
 * The driver records the commit before it lets the held packets go. When it died between, the route still leads to its device, in which
 * everything stays: the route of the relay is set here. The packets themselves are sent again by their senders.
 */
export async function relayAnyway(engine: Engine, { ticket, role }: HeldTicket): Promise<void> {
  const dir = engine.layout.handoff(ticket.migration);
  // Without what a driver left (the container was restarted) the relay was brought up when the engine began.
  if (role !== 'source' || !(await wasReady(dir)) || (await hasReleased(dir)) || (await isDone(dir))) return;
  const spec = await loadSpec(engine.layout.spec);
  if (!spec) return;
  engine.log.warn({ migration: ticket.migration }, 'the handoff driver has died before it released the held packets; relaying without it');
  await engine.turn(() => engine.network.relay(spec, ticket));
  await writeFile(mark(dir), '');
}

const mark = (dir: string) => join(dir, 'relayed');
const isDone = (dir: string) => readFile(mark(dir)).then(() => true, () => false);
const hasReleased = async (dir: string) => (await readEvents(dir)).some(({ step, state }) => step === 'release' && state === 'released');
