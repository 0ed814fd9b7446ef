import type { MigrationPlan, Ticket } from '../domain/migration';
import { on } from './coordinators';
import type { Migration } from './migration';
import { undo } from './options';

/** The service runs on at the source. Fails as long as that is not known. */
export async function takeBack(migration: Migration, plan: MigrationPlan, ticket: Ticket): Promise<void> {
  const answer = await on(plan.from, undo, 'take the service back').abortSource(ticket);
  if (answer === 'ended') return startAnew(migration, plan, ticket);
  if (answer !== 'aborted') throw new Error(`the source says that the migration is ${answer}`);
}

/**
 * The application ended while it was armed. Its journal may be older than the truth, so its engine starts nothing before it has the
 * destination's word, and a destination that never took the ticket does not speak to it: the coordinators bring the word.
 */
async function startAnew(migration: Migration, { from, to, service }: MigrationPlan, ticket: Ticket): Promise<void> {
  await on(to, undo, 'discard the copy').discardDestination({ serviceId: service.id, ticket });
  const there = await on(to, undo, 'what does the journal say?').inspectOutcome(ticket);
  if (there && there.epoch >= ticket.epoch && there.state !== 'discarded') {
    throw new Error(`the application at ${from} has ended, and the journal at ${to} says ${there.state} in epoch ${there.epoch}`);
  }
  await on(from, undo, 'the destination has discarded').tellOutcome({ ticket, state: 'discarded' });
  migration.remarks.push(`the application had ended by itself at ${from} and was started anew there`);
}
