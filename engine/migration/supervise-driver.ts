import { setTimeout as sleep } from 'node:timers/promises';
import type { JournalState } from '../../domain/service';
import type { Engine } from '../engine';
import { isFrozen } from '../sandbox/frozen';
import type { Role } from '../ports';
import { wasReady } from './events';
import { ownDirectory } from './own-dump';
import { isQuestionOpen } from './question';
import { relayAnyway } from './relay-anyway';
import type { HeldTicket } from './tickets';

/** Time for the thaw that follows a commit, and for the keeper's line about pages that are out of reach. */
const thawsWithinMs = 300;

/** In these nothing is under way; what a driver that has ended could still be needed for, is seen at once. */
const atRest: readonly JournalState[] = ['absent', 'running', 'discarded', 'relaying', 'retired'];

/**
 * A frozen copy must not wait for a human because its driver died: started again, that reads in the journal what is left to do.
 * @returns Whether nothing is left to do as long as the journal says nothing new.
 */
export async function superviseDriver(engine: Engine): Promise<boolean> {
  const { epoch, state } = await engine.journal.read();
  const held = await engine.tickets.at(epoch);
  if (!held) return atRest.includes(state);
  // Whoever waits for the peer's word may be restoring: nothing of an earlier driver is left then.
  if (await isQuestionOpen(engine, epoch)) return false;
  const { role, dir } = driverOf(engine, held, state);
  const died = async () => {
    if (await engine.drivers.alive(dir)) return false;
    // It writes before it ends: one that is done has not died.
    const now = await engine.journal.read();
    return now.epoch === epoch && now.state === state;
  };
  if (!(await died())) return false;
  if (!(await isNeeded(engine, held, state))) {
    if (state === 'owing' || state === 'relaying') await relayAnyway(engine, held);
    return atRest.includes(state);
  }
  if (!(await died())) return false;
  engine.log.warn({ migration: held.ticket.migration, state }, 'the handoff driver has died; starting it again');
  try {
    await engine.drivers.revive(role, dir);
  } catch (error) {
    // Connections need no driver to be carried.
    if (state === 'owing') await relayAnyway(engine, held);
    throw error;
  }
  return false;
}

/** A service that was restored from its own final dump has a destination's driver, at the source. */
function driverOf(engine: Engine, held: HeldTicket, state: JournalState): { role: Role; dir: string } {
  if (held.role === 'source' && state === 'running') return { role: 'destination', dir: ownDirectory(engine, held) };
  return { role: held.role, dir: engine.layout.handoff(held.ticket.migration) };
}

/** Can nobody but the driver go on, or back? */
async function isNeeded(engine: Engine, held: HeldTicket, state: JournalState): Promise<boolean> {
  // Without its sandbox (the container was restarted) there is nothing to thaw: then the peer is asked.
  const sandbox = await engine.sandbox.find();
  if (!sandbox) return false;
  switch (state) {
    case 'frozen':
    case 'handedOff':
    case 'gated':
    // The frozen tree still has the pages that the destination waits for.
    case 'owing':
      return true;
    case 'armedS':
      // It lasts until all is frozen.
      return wasReady(engine.layout.handoff(held.ticket.migration));
    case 'running':
      // Committed or restored here and written down, but not thawed yet.
      return (held.role === 'destination' || (await wasReady(ownDirectory(engine, held)))) && (await staysFrozen(sandbox.freezer));
    case 'absent':
    case 'armedD':
    case 'waiting':
    case 'discarded':
    case 'relaying':
    case 'retired':
      return false;
  }
}

async function staysFrozen(freezer: string): Promise<boolean> {
  if (!(await isFrozen(freezer))) return false;
  await sleep(thawsWithinMs);
  return isFrozen(freezer);
}
