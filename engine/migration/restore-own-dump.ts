import { join } from 'node:path';
import { CarryonError, RefusedError, UnavailableError } from '../../domain/errors';
import type { ServiceSpec } from '../../domain/service';
import type { Engine } from '../engine';
import { stateAt } from '../../domain/journal';
import { aheadOf, hostClocks } from './clock';
import { driverConfig } from './driver-config';
import { driverFailure } from './driver-failure';
import { circumstancesOf, hasWholeDump, noteUnusable, ownDirectory, type Circumstances } from './own-dump';
import { otherSide, type HeldTicket } from './tickets';

/**
 * The container of a frozen source has died, and the destination has nothing that could run: the service goes on here, out of its final dump. In a turn.
 * False when there is no such dump, or a damaged one: then it is as after any crash. Any other failure is thrown, and the dump stays: it is
 * the only copy of the memory.
 * @param afresh People know that it could not be restored before, and want the service to begin afresh if it still cannot.
 */
export async function restoreOwnDump(engine: Engine, held: HeldTicket, spec: ServiceSpec, afresh: boolean): Promise<boolean> {
  const at = (await hasWholeDump(engine, held)) ? await circumstancesOf(engine, held) : undefined;
  if (!at) return false;
  const dir = ownDirectory(engine, held);
  try {
    // An engine before this one may have died while its driver restores.
    if (!(await engine.drivers.alive(dir))) await begin(engine, held, { spec, dir, at });
    const answer = await engine.drivers.ask(dir, { do: 'restore-own' });
    if (!answer.ok) throw driverFailure('restore-own', answer);
  } catch (error) {
    if (!(await takeAway(engine, held, dir))) return true;
    return answerFailure(engine, held, { name: spec.name, error, afresh });
  }
  engine.log.warn({ migration: held.ticket.migration, epoch: held.ticket.epoch }, 'the service goes on from the final dump of the migration in which its container died');
  return true;
}

interface Restore {
  spec: ServiceSpec;
  dir: string;
  at: Circumstances;
}

async function begin(engine: Engine, held: HeldTicket, { spec, dir, at }: Restore): Promise<void> {
  const netns = await engine.network.setUpNested(spec);
  await engine.network.fence();
  await destroySandbox(engine);
  // Also after a reboot of the host its clocks never go back.
  const clock = aheadOf({ monotonicNs: BigInt(at.monotonicNs), boottimeNs: BigInt(at.boottimeNs) }, await hostClocks(), 0n);
  const sandbox = await engine.sandbox.make({ mode: 'adopt', spec, netns, clock });
  await engine.init.main(sandbox.pid);
  const as: HeldTicket = { ...held, role: 'destination' };
  const network = await engine.network.driverKeys(held.ticket, as.role, spec);
  const config = { ...driverConfig({ held: as, spec, sandbox, layout: engine.layout, network, ipc: at.ipc }), dir, peerca: join(dir, 'peer-ca.pem'), owndump: '1' };
  await engine.drivers.ensure('destination', dir, config, otherSide(held).ca);
}

/** What an attempt has left. Init would take its end for that of the service. */
async function destroySandbox(engine: Engine): Promise<void> {
  await engine.init.none();
  await engine.sandbox.destroy();
}

/** False when the service is here all the same: only the answer was lost. What its driver did not come to is seen to by the next. */
async function takeAway(engine: Engine, { ticket }: HeldTicket, dir: string): Promise<boolean> {
  if (!(await engine.drivers.ended(dir))) throw new UnavailableError('driver-lives', 'the driver that restores the final dump does not answer, and does not end', { next: 'look at its driver.log; end it, or restart the outer container' });
  // It writes before it ends: now its last word is known.
  if (stateAt(await engine.journal.read(), ticket.epoch) === 'running') return false;
  await destroySandbox(engine);
  await engine.network.unfence();
  return true;
}

interface Failure {
  name: string;
  error: unknown;
  afresh: boolean;
}

async function answerFailure(engine: Engine, held: HeldTicket, { name, error, afresh }: Failure): Promise<false> {
  const reason = error instanceof Error ? error.message : String(error);
  if (afresh || (error instanceof CarryonError && error.code === 'no-dump')) {
    engine.log.error({ migration: held.ticket.migration, reason }, 'the final dump cannot be restored here; the service begins afresh');
    return false;
  }
  await noteUnusable(engine, held, reason);
  throw new RefusedError('not-restored', `the final dump of migration ${held.ticket.migration} could not be restored: ${reason}. It is kept, and the engine tries again`, {
    cause: error,
    next: `mend what is said there; or call \`carryon resolve ${name} --keep source\` again: the service then begins afresh if its dump still cannot be restored`,
  });
}
