import { patched } from '@temporalio/workflow';
import type { InspectOutcomeResult } from '../activities/inspect-outcome';
import { on } from './coordinators';
import { explain } from './failures';
import type { ArmedMigration } from './migration';
import { probe } from './options';

/**
 * The source died in the freeze, and the destination holds a complete copy, frozen and fenced: its coordinator certifies the death, and the copy is
 * committed by that proof. Only without debt. True when it was; the journals are asked again then, as after any commit.
 */
export async function commitByProof(migration: ArmedMigration, source: InspectOutcomeResult | undefined, destination: InspectOutcomeResult | undefined): Promise<boolean> {
  const { plan, ticket } = migration;
  if (plan.strategy !== 'stop-and-copy' || !source?.stopped || destination?.epoch !== ticket.epoch || destination.state !== 'gated' || destination.asks) return false;
  if (!patched('commit-by-proof')) return false;
  const { service: serviceId, migration: id, epoch } = ticket;
  try {
    const { dead, why } = await on(plan.from, probe, 'is it dead for certain?').certifyDeath(ticket);
    if (dead) await on(plan.to, probe, 'commit: the source is dead').keepService({ serviceId, migration: id, epoch, seen: 'gated', asks: false });
    else migration.note(`${plan.from} does not run, but that its copy is of no use any more is not certain: ${why ?? 'no reason given'}`);
    migration.sourceDied = dead;
    return dead;
  } catch (failure) {
    migration.note(`the copy at ${plan.to} could not be committed: ${explain(failure)}`);
    return false;
  }
}
