import { ActivityFailure, patched } from '@temporalio/workflow';
import type { InspectOutcomeResult } from '../activities/inspect-outcome';
import { on } from './coordinators';
import { explain, recoveryOf } from './failures';
import type { ArmedMigration } from './migration';
import { probe, proofOptions } from './options';

export type Proof =
  /** The journals are asked again, as after any commit. */
  | 'committed'
  /** There is none: the copy may be discarded. */
  | 'none'
  /** Somebody could not be asked, or his answer got lost: nothing is discarded because of that. */
  | 'unknown';

/**
 * The source died in the freeze, and the destination holds a complete copy, frozen and fenced: its coordinator certifies the death, and the copy is
 * committed by that proof. Only without debt.
 */
export async function commitByProof(migration: ArmedMigration, source: InspectOutcomeResult | undefined, destination: InspectOutcomeResult | undefined): Promise<Proof> {
  const { plan, ticket } = migration;
  if (!source?.stopped || destination?.epoch !== ticket.epoch || destination.state !== 'gated' || destination.asks) return 'none';
  const certified = await certifyDeath(migration);
  if (certified !== 'dead') return certified;
  const { service: serviceId, migration: id, epoch } = ticket;
  try {
    await on(plan.to, proofOptions, 'commit: the source is dead').keepService({ serviceId, migration: id, epoch, seen: 'gated', asks: false });
    return 'committed';
  } catch (failure) {
    migration.note(`the copy at ${plan.to} could not be committed: ${explain(failure)}`);
    return mayHelpToAskAgain(failure) ? 'unknown' : 'none';
  }
}

/** Also after the commit: a source that died before it heard of that cannot be asked to finish, and need not. */
export async function certifyDeath(migration: ArmedMigration): Promise<'dead' | 'none' | 'unknown'> {
  const { plan, ticket } = migration;
  if (plan.strategy !== 'stop-and-copy' || !patched('commit-by-proof')) return 'none';
  try {
    const { dead, container, why } = await on(plan.from, probe, 'is it dead for certain?').certifyDeath(ticket);
    // Known before anything is committed upon it: the answer to that may get lost.
    if (dead && container !== undefined) migration.sourceDied = container;
    else migration.note(`${plan.from} does not run, but that its copy is of no use any more is not certain: ${why ?? 'no reason given'}`);
    return dead ? 'dead' : 'none';
  } catch (failure) {
    migration.note(`whether ${plan.from} is dead could not be asked: ${explain(failure)}`);
    return 'unknown';
  }
}

/** A coordinator that was not heard of may have done it. Refused, or failed for good at the engine: that is an answer. */
function mayHelpToAskAgain(failure: unknown): boolean {
  return failure instanceof ActivityFailure && (recoveryOf(failure) ?? 'retry') === 'retry';
}
