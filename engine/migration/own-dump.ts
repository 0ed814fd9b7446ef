import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Engine } from '../engine';
import { isThere, readIfThere } from '../read-file';
import { writeDurably } from '../write-file';
import { clocksOf } from './clock';
import { outcomeOf, readEvents } from './events';
import { ipcModeAtSource } from './ipc-mode';
import type { HeldTicket } from './tickets';

const nanoseconds = z.string().regex(/^\d+$/);
const circumstances = z.object({ monotonicNs: nanoseconds, boottimeNs: nanoseconds, ipc: z.enum(['join', 'dump']) });
export type Circumstances = z.infer<typeof circumstances>;

/** The driver makes the dump's directory too, and leaves alone what has such a name. */
const noteOf = ({ layout }: Engine, { ticket }: HeldTicket) => join(layout.dump(ticket.epoch), '.circumstances');
const failureOf = ({ layout }: Engine, { ticket }: HeldTicket) => join(layout.dump(ticket.epoch), '.not-restored');
/** Written last, and removed before the service runs on: as in engine/native/handoff/dumpdir.c. */
const manifestOf = ({ layout }: Engine, { ticket }: HeldTicket) => join(layout.dump(ticket.epoch), 'manifest.txt');

/** Before the final dump, when all stands still: what a restore here would need that is in no image. */
export async function noteCircumstances(engine: Engine, held: HeldTicket): Promise<void> {
  const [clocks, ipc] = await Promise.all([clocksOf((await engine.sandbox.find())?.pid), ipcModeAtSource(engine, held)]);
  await mkdir(engine.layout.dump(held.ticket.epoch), { recursive: true, mode: 0o700 });
  await writeDurably(noteOf(engine, held), JSON.stringify({ monotonicNs: String(clocks.monotonicNs), boottimeNs: String(clocks.boottimeNs), ipc }));
}

export async function circumstancesOf(engine: Engine, held: HeldTicket): Promise<Circumstances | undefined> {
  const told = await readIfThere(noteOf(engine, held));
  return told === undefined ? undefined : circumstances.parse(JSON.parse(told));
}

/** Of the driver that restores it. */
export const ownDirectory = ({ layout }: Engine, { ticket }: HeldTicket) => layout.handoff(`${ticket.migration}-own`);

/** It has been restored here, since this container was started. */
export const wasRestored = async (engine: Engine, held: HeldTicket) => outcomeOf(await readEvents(ownDirectory(engine, held))) === 'committed';

/** The final dump of this epoch is complete, and the service has not run since. */
export const hasWholeDump = (engine: Engine, held: HeldTicket): Promise<boolean> =>
  held.ticket.strategy === 'stop-and-copy' ? isThere(manifestOf(engine, held)) : Promise.resolve(false);

/** To restore it was tried, and failed. It is kept: nobody has that memory but it. */
export const hasUnusableDump = async (engine: Engine, held: HeldTicket) => (await hasWholeDump(engine, held)) && isThere(failureOf(engine, held));
export const noteUnusable = (engine: Engine, held: HeldTicket, reason: string) => writeDurably(failureOf(engine, held), `${reason}\n`);
