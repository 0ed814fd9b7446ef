import type { Engine } from '../engine';
import { demandOfOwing } from './demand';
import { settle } from './settle';

/**
 * The destination has all pages, or began afresh and needs none: whoever calls has seen that there, and this side may never hear it. What is frozen
 * is destroyed, and the journal says `relaying`. Harmless where nothing is owed any more.
 */
export async function forgetDebt(engine: Engine, epoch: number): Promise<void> {
  const held = await engine.tickets.at(epoch);
  if (!held || !(await owes(engine, epoch))) return;
  try {
    // Init would end the outer container when the frozen tree's PID 1 goes.
    await engine.init.none();
    if (await engine.sandbox.find()) await demandOfOwing(engine, held, 'retire');
    else await engine.turn(async () => {
      if ((await owes(engine, epoch)) && !(await engine.sandbox.find())) {
        await engine.journal.append({ epoch, state: 'relaying', migration: held.ticket.migration, peer: held.ticket.destination.cluster });
      }
    });
  } finally {
    await settle(engine);
  }
  engine.log.warn({ migration: held.ticket.migration, epoch }, 'the pages that were kept here are not needed any more');
}

async function owes(engine: Engine, epoch: number): Promise<boolean> {
  const view = await engine.journal.read();
  return view.epoch === epoch && view.state === 'owing';
}
