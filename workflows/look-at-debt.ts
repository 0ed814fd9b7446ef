import { patched } from '@temporalio/workflow';
import { decideDebt, type Debt } from '../domain/debt';
import type { ArmedMigration } from './migration';
import { ask } from './testimony';

/** Asks both engines why the source's debt is not collected. Stop-and-copy leaves none. */
export async function lookAtDebt(migration: ArmedMigration): Promise<Debt> {
  const { plan, ticket } = migration;
  if (plan.strategy !== 'post-copy') return 'open';
  const askAt = (cluster: string) => ask(migration, cluster, 'what became of the pages?');
  const [source, destination] = await Promise.all([askAt(plan.from), askAt(plan.to)]);
  // Workflows that began before engines told the two apart took all that wait for lost.
  const stranded = destination?.state === 'waiting' && (patched('stranded') ? destination.stranded : true);
  return decideDebt(ticket.epoch, source, destination && { ...destination, stranded });
}
