import type { InspectOutcomeResult } from '../activities/inspect-outcome';
import { on } from './coordinators';
import type { ArmedMigration } from './migration';
import { probe } from './options';

/** What the journal at a cluster says of the migration; null when there is no outer container, undefined when it cannot be asked now. */
export async function ask({ ticket }: Pick<ArmedMigration, 'ticket'>, cluster: string, summary: string): Promise<InspectOutcomeResult | null | undefined> {
  try {
    return await on(cluster, probe, summary).inspectOutcome(ticket);
  } catch {
    return undefined;
  }
}
