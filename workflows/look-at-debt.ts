import { patched } from '@temporalio/workflow';
import type { InspectOutcomeResult } from '../activities/inspect-outcome';
import { decideDebt, type Debt } from '../domain/debt';
import { on } from './coordinators';
import type { ArmedMigration } from './migration';
import { probe } from './options';

/** Asks both engines why the source's debt is not collected. Stop-and-copy leaves none. */
export async function lookAtDebt(migration: ArmedMigration): Promise<Debt> {
  const { plan, ticket } = migration;
  if (plan.strategy !== 'post-copy') return 'open';
  const [source, destination] = await Promise.all([ask(migration, plan.from), ask(migration, plan.to)]);
  // Workflows that began before engines told the two apart took all that wait for lost.
  const stranded = destination?.state === 'waiting' && (patched('stranded') ? destination.stranded : true);
  return decideDebt(ticket.epoch, source, destination && { ...destination, stranded });
}

async function ask({ ticket }: ArmedMigration, cluster: string): Promise<InspectOutcomeResult | null | undefined> {
  try {
    return await on(cluster, probe, 'what became of the pages?').inspectOutcome(ticket);
  } catch {
    return undefined;
  }
}
