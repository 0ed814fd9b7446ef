import { decideDebt } from '../../domain/debt';
import { RefusedError } from '../../domain/errors';
import type { JournalState, ServiceSpec } from '../../domain/service';
import type { Engine } from '../engine';
import { stateAt } from '../../domain/journal';
import { loadSpec } from '../service/spec-file';
import { clocksOf } from './clock';
import { discardAtDestination } from './discard';
import type { IpcMode } from './driver-config';
import { readEvents } from './events';
import { ipcModeAtSource } from './ipc-mode';
import { leaveOlder } from './leave-older';
import { commitByProof } from './keep-at-destination';
import { arrivalOver } from './peer-readiness';
import { prepare } from './prepare';
import { isQuestionOpen } from './question';
import type { Shared } from './shared';
import type { HeldTicket } from './tickets';

/** What one engine tells another. Only the peer of the newest ticket gets here. */

export async function specForPeer(engine: Engine): Promise<ServiceSpec> {
  await insistArmed(engine);
  const spec = await loadSpec(engine.layout.spec);
  if (!spec) throw new RefusedError('not-running', 'no service was started here');
  return spec;
}

export async function timeForPeer(engine: Engine): Promise<{ monotonicNs: string; boottimeNs: string }> {
  const clocks = await clocksOf((await engine.sandbox.find())?.pid);
  return { monotonicNs: String(clocks.monotonicNs), boottimeNs: String(clocks.boottimeNs) };
}

export async function ipcForPeer(engine: Engine): Promise<{ ipc: IpcMode }> {
  await insistArmed(engine);
  const held = await engine.tickets.newest();
  return { ipc: held ? await ipcModeAtSource(engine, held) : 'join' };
}

/** The source is armed: now everything can be fetched from it. Resolves when the destination is complete. */
export async function armForPeer(engine: Engine, shared: Shared, claim: { migration: string; epoch: number }): Promise<void> {
  const held = await engine.tickets.at(claim.epoch);
  const view = await engine.journal.read();
  // What was committed is the answer of the journal, and asked for otherwise.
  const then = stateAt(view, claim.epoch);
  if (then === 'discarded' || (view.epoch > claim.epoch && arriving.includes(then))) {
    throw new RefusedError(arrivalOver, `the arrival of migration ${claim.migration} is over here (${view.state}, epoch ${view.epoch})`, { next: 'migrate again' });
  }
  if (held?.ticket.migration !== claim.migration || held.role !== 'destination' || view.epoch !== claim.epoch || view.state !== 'armedD') {
    throw new RefusedError('not-armed', `migration ${claim.migration} is not armed here (${view.state}, epoch ${view.epoch})`, { next: 'prepare the destination' });
  }
  await prepare(engine, shared, held);
}

/**
 * The source asks, because it wants to go on: an arrival that was not committed is discarded, and the journal's word is the answer. After a restart
 * of this container the journal may lack a commit that was acknowledged: then the source decides, and is told that the arrival is lost. A source whose
 * frozen tree is dead gives proof of that: then a complete copy is committed instead.
 */
export async function abortForPeer(engine: Engine, shared: Shared, { epoch, dead = false }: { epoch: number; dead?: boolean }): Promise<{ state: JournalState; lost?: true; owed?: true }> {
  const held = await engine.tickets.at(epoch);
  const seen = stateAt(await engine.journal.read(), epoch);
  if (held?.role === 'destination' && arriving.includes(seen) && (await isQuestionOpen(engine, epoch))) return { state: seen, lost: true };
  if (dead && held?.role === 'destination' && seen === 'gated') await commitUnlessImpossible(engine, held);
  if (held?.role === 'destination') await discardUnlessOwned(engine, shared, held);
  else await refuseForGood(engine, epoch);
  return { state: stateAt(await engine.journal.read(), epoch), ...(held?.role === 'destination' && (await isOwedPages(engine, held)) && { owed: true }) };
}

/** The service is here, and its driver has not noted that all of its memory is. */
async function isOwedPages(engine: Engine, { ticket }: HeldTicket): Promise<boolean> {
  const { state, epoch } = await engine.journal.read();
  if (ticket.strategy !== 'post-copy' || epoch !== ticket.epoch || !['running', 'waiting'].includes(state)) return false;
  const debt = decideDebt(epoch, undefined, { state, epoch, events: await readEvents(engine.layout.handoff(ticket.migration)) });
  return debt === 'open' || debt === 'waiting';
}

const arriving: readonly JournalState[] = ['armedD', 'gated'];

/** The source is dead, its tree with it, and all that it had is here: by that proof the copy is committed. One that cannot be is discarded. */
async function commitUnlessImpossible(engine: Engine, held: HeldTicket): Promise<void> {
  try {
    await commitByProof(engine, held);
  } catch (error) {
    engine.log.warn({ migration: held.ticket.migration, reason: String(error) }, 'the copy of a dead source could not be committed');
  }
}

async function discardUnlessOwned(engine: Engine, shared: Shared, held: HeldTicket): Promise<void> {
  const state = stateAt(await engine.journal.read(), held.ticket.epoch);
  if (arriving.includes(state) || state === 'absent') await discardAtDestination(engine, shared, held);
}

/** States in which a ticket could still be taken. An arrival of an older epoch ends with that: its ticket is worth nothing since a newer one was given. */
const open: readonly JournalState[] = ['absent', 'discarded', 'relaying', 'retired', 'armedD', 'gated'];

/** Of this epoch nothing ever came here, and from now on nothing can. */
async function refuseForGood(engine: Engine, epoch: number): Promise<void> {
  await engine.turn(async () => {
    const view = await engine.journal.read();
    if (epoch <= view.epoch || !open.includes(view.state)) return;
    await leaveOlder(engine, view);
    await engine.journal.append({ epoch, state: 'discarded' });
  });
}

async function insistArmed(engine: Engine): Promise<void> {
  const { state } = await engine.journal.read();
  if (state !== 'armedS') throw new RefusedError('not-armed', `no migration is being prepared here (${state})`, { next: 'prepare the source' });
}
