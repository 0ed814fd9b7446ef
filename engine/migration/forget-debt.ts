import { stateAt } from '../../domain/journal';
import type { Engine } from '../engine';
import { driverFailure } from './driver-failure';
import { settle } from './settle';

/**
 * The destination has all pages, or began afresh and needs none: whoever calls has seen that there, and this side may never hear it. What is frozen
 * is destroyed, and the journal says `relaying`. Harmless where nothing is owed any more.
 */
export async function forgetDebt(engine: Engine, epoch: number): Promise<void> {
  const held = await engine.tickets.at(epoch);
  const owing = async () => stateAt(await engine.journal.read(), epoch) === 'owing';
  if (!held || !(await owing())) return;
  const { migration } = held.ticket;
  const dir = engine.layout.handoff(migration);
  // Init would end the outer container when the frozen tree's PID 1 goes.
  await engine.init.none();
  if (await engine.drivers.alive(dir)) {
    const answer = await engine.drivers.ask(dir, { do: 'retire' });
    if (!answer.ok) throw driverFailure('retire', answer);
  }
  await engine.turn(async () => {
    if (await owing()) await engine.journal.append({ epoch, state: 'relaying', migration, peer: held.ticket.destination.cluster });
  });
  await settle(engine);
  engine.log.warn({ migration, epoch }, 'the pages that were kept here are not needed any more');
}
