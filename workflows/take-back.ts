import { patched } from '@temporalio/workflow';
import type { AbortAnswer } from '../activities/abort-source';
import type { MigrationPlan, Ticket } from '../domain/migration';
import { on } from './coordinators';
import type { Migration } from './migration';
import { undo } from './options';

/** The service stays at the source: it runs on there, or is stopped there as it would be without a migration. Fails as long as that is not known. */
export async function takeBack(migration: Migration, plan: MigrationPlan, ticket: Ticket): Promise<void> {
  let answer = await abort(plan, ticket);
  // A source that is gone is begun afresh by its orchestrator, where that makes its outer containers: nothing may come of a commit that is still under way.
  if (answer === 'stopped' || (answer === 'gone' && patched('discarded-before-fresh'))) {
    if (answer === 'stopped' || !migration.lost.has(plan.to)) await discardForGood(plan, ticket);
    // It may have been started again meanwhile, and has heard nothing yet.
    answer = await abort(plan, ticket, { discarded: true });
  }
  switch (answer) {
    case 'aborted':
      return;
    case 'stopped':
    case 'anew':
    case 'gone':
      migration.sourceNow = answer;
      return;
    case 'ended':
      return startAnew(migration, plan, ticket);
    case 'committed':
    case 'in-doubt':
    default:
      throw new Error(`the source says that the migration is ${answer}`);
  }
}

const abort = (plan: MigrationPlan, ticket: Ticket, known: { discarded?: boolean } = {}): Promise<AbortAnswer> =>
  on(plan.from, undo, 'take the service back').abortSource({ ...ticket, tellsAnew: true, ...known });

/**
 * The application ended while it was armed. Its journal may be older than the truth, so its engine starts nothing before it has the
 * destination's word, and a destination that never took the ticket does not speak to it: the coordinators bring the word.
 */
async function startAnew(migration: Migration, plan: MigrationPlan, ticket: Ticket): Promise<void> {
  await discardForGood(plan, ticket);
  await on(plan.from, undo, 'the destination has discarded').tellOutcome({ ticket, state: 'discarded' });
  migration.sourceNow = 'anew';
  migration.remarks.push(`the application had ended by itself at ${plan.from} and was started anew there`);
}

/** Afterwards no copy of this epoch can run at the destination. Fails when that is not what its journal says. */
async function discardForGood({ from, to, service }: MigrationPlan, ticket: Ticket): Promise<void> {
  await on(to, undo, 'discard the copy').discardDestination({ serviceId: service.id, ticket });
  const there = await on(to, undo, 'what does the journal say?').inspectOutcome(ticket);
  if (!there || (!there.stopped && there.epoch < ticket.epoch) || there.state === 'discarded') return;
  throw new Error(`the application at ${from} has ended, and the journal at ${to} ${there.stopped ? 'cannot be asked' : `says ${there.state} in epoch ${there.epoch}`}`);
}
