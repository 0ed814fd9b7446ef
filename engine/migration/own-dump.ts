import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { ServiceSpec } from '../../domain/service';
import type { Engine } from '../engine';
import { readIfThere } from '../read-file';
import { writeDurably } from '../write-file';
import { aheadOf, clocksOf, hostClocks } from './clock';
import { driverConfig } from './driver-config';
import { driverFailure } from './driver-failure';
import { outcomeOf, readEvents } from './events';
import { ipcModeAtSource } from './ipc-mode';
import { otherSide, type HeldTicket } from './tickets';

const nanoseconds = z.string().regex(/^\d+$/);
const circumstances = z.object({ monotonicNs: nanoseconds, boottimeNs: nanoseconds, ipc: z.enum(['join', 'dump']) });

/** The driver makes the dump's directory too, and leaves alone what has such a name. */
const noteOf = ({ layout }: Engine, { ticket }: HeldTicket) => join(layout.dump(ticket.epoch), '.circumstances');
/** Written last, and removed before the service runs on: as in engine/native/handoff/dumpdir.c. */
const manifestOf = ({ layout }: Engine, { ticket }: HeldTicket) => join(layout.dump(ticket.epoch), 'manifest.txt');

/** Before the final dump, when all stands still: what a restore here would need that is in no image. */
export async function noteCircumstances(engine: Engine, held: HeldTicket): Promise<void> {
  const [clocks, ipc] = await Promise.all([clocksOf((await engine.sandbox.find())?.pid), ipcModeAtSource(engine, held)]);
  await mkdir(engine.layout.dump(held.ticket.epoch), { recursive: true, mode: 0o700 });
  await writeDurably(noteOf(engine, held), JSON.stringify({ monotonicNs: String(clocks.monotonicNs), boottimeNs: String(clocks.boottimeNs), ipc }));
}

const ownDirectory = ({ layout }: Engine, { ticket }: HeldTicket) => layout.handoff(`${ticket.migration}-own`);

/** It has been restored here, since this container was started. */
export const wasRestored = async (engine: Engine, held: HeldTicket) => outcomeOf(await readEvents(ownDirectory(engine, held))) === 'committed';

/** The final dump of this epoch is complete, and the service has not run since. */
export const hasWholeDump = (engine: Engine, held: HeldTicket): Promise<boolean> =>
  held.ticket.strategy === 'stop-and-copy' ? access(manifestOf(engine, held)).then(() => true, () => false) : Promise.resolve(false);

/**
 * The container of a frozen source has died, and the destination has nothing that could run: the service goes on here, out of its final dump. In a turn.
 * False when it cannot; then nothing of the attempt is left, and it is as after any crash.
 */
export async function restoreOwnDump(engine: Engine, held: HeldTicket, spec: ServiceSpec): Promise<boolean> {
  if (!(await hasWholeDump(engine, held))) return false;
  const told = await readIfThere(noteOf(engine, held));
  if (told === undefined) return false;
  const dir = ownDirectory(engine, held);
  try {
    await restore(engine, held, { spec, dir, at: circumstances.parse(JSON.parse(told)) });
    engine.log.warn({ migration: held.ticket.migration, epoch: held.ticket.epoch }, 'the service goes on from the final dump of the migration in which its container died');
    return true;
  } catch (error) {
    engine.log.error({ migration: held.ticket.migration, reason: String(error) }, 'the final dump cannot be restored here; the service begins afresh');
    await engine.init.none();
    if (await engine.drivers.alive(dir)) await engine.drivers.ended(dir);
    await engine.sandbox.destroy();
    await engine.network.unfence();
    return false;
  }
}

interface Restore {
  spec: ServiceSpec;
  dir: string;
  at: z.infer<typeof circumstances>;
}

async function restore(engine: Engine, held: HeldTicket, { spec, dir, at }: Restore): Promise<void> {
  const netns = await engine.network.setUpNested(spec);
  await engine.network.fence();
  await engine.sandbox.destroy();
  // Also after a reboot of the host its clocks never go back.
  const clock = aheadOf({ monotonicNs: BigInt(at.monotonicNs), boottimeNs: BigInt(at.boottimeNs) }, await hostClocks(), 0n);
  const sandbox = await engine.sandbox.make({ mode: 'adopt', spec, netns, clock });
  await engine.init.main(sandbox.pid);
  const as: HeldTicket = { ...held, role: 'destination' };
  const network = await engine.network.driverKeys(held.ticket, as.role, spec);
  const config = { ...driverConfig({ held: as, spec, sandbox, layout: engine.layout, network, ipc: at.ipc }), dir, peerca: join(dir, 'peer-ca.pem'), owndump: '1' };
  await engine.drivers.ensure('destination', dir, config, otherSide(held).ca);
  const answer = await engine.drivers.ask(dir, { do: 'restore-own' });
  if (!answer.ok) throw driverFailure('restore-own', answer);
}
