import type { DriverVerb } from '../../domain/engine';
import type { JournalState } from '../../domain/service';
import type { Engine } from '../engine';
import { stateAt } from '../../domain/journal';
import type { DriverAnswer } from './control-socket';
import { driverFailure } from './driver-failure';
import type { HeldTicket } from './tickets';

/** Has the driver do one verb; its "no" is thrown. */
export async function demand(engine: Engine, { ticket }: HeldTicket, verb: DriverVerb | 'retire' | 'take-back'): Promise<DriverAnswer> {
  const answer = await engine.drivers.ask(engine.layout.handoff(ticket.migration), { do: verb });
  if (!answer.ok) throw driverFailure(verb, answer);
  return answer;
}

/** Of a frozen tree only a driver decides, by what one before it was asked: one that has died is started again first. */
export async function demandOfOwing(engine: Engine, held: HeldTicket, verb: 'retire' | 'take-back'): Promise<void> {
  await engine.drivers.revive('source', engine.layout.handoff(held.ticket.migration));
  await demand(engine, held, verb);
}

/** The destination has acknowledged: this answers a verb whose first answer was lost, also when its driver has ended. */
const committed: readonly JournalState[] = ['owing', 'relaying', 'retired'];

/**
 * The driver ends the old tree as soon as nothing is owed; init must not take that for the end of the service. When it does not come
 * to a commit, init is given its main process back, and would then also learn that it has ended meanwhile.
 */
export async function letGo(engine: Engine, held: HeldTicket, verb: DriverVerb): Promise<DriverAnswer | undefined> {
  if (committed.includes(await stateOf(engine, held))) return undefined;
  await engine.init.none();
  return demandOrTakeBack(engine, held, verb);
}

/** A probe of the user's deployment fails in a long freeze, and kubelet ends the container that shows the application: that must not reach what is frozen. */
export async function freeze(engine: Engine, held: HeldTicket): Promise<DriverAnswer> {
  await engine.init.hold();
  return demandOrTakeBack(engine, held, 'freeze');
}

async function demandOrTakeBack(engine: Engine, held: HeldTicket, verb: DriverVerb): Promise<DriverAnswer> {
  const sandbox = await engine.sandbox.find();
  try {
    return await demand(engine, held, verb);
  } catch (error) {
    const state = await stateOf(engine, held);
    if (sandbox && (state === 'armedS' || state === 'running')) await engine.init.main(sandbox.pid);
    throw error;
  }
}

const stateOf = async (engine: Engine, { ticket }: HeldTicket): Promise<JournalState> => stateAt(await engine.journal.read(), ticket.epoch);
