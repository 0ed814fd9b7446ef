import type { MigrationObject } from '../../operator/migration';

export type Verdict = { allow: string } | { wait: string } | { migrate: number };

/** An operator that watches has accepted or refused it long before. */
const silenceMs = 30_000;
/** Whoever drains a node asks again every few seconds; what ended longer ago was about another eviction. */
const recentMs = 600_000;

/**
 * What becomes of an eviction, by the Migrations that were made for evictions of this pod. It waits for one that goes on, and for one that has left the service
 * frozen. One that has moved the service, or could not, lets the pod go. `migrate` has the number of the next one.
 */
export function verdictOn(migrations: readonly MigrationObject[], now: number): Verdict {
  const last = migrations.toSorted((one, other) => madeAt(one) - madeAt(other)).at(-1);
  if (!last) return { migrate: 1 };
  const { metadata, spec, status } = last;
  const what = `Migration ${metadata.name}`;
  if (!status) return now - madeAt(last) > silenceMs ? { allow: `${what} is seen by no operator` } : { wait: `its service is about to move to ${spec.destination}: ${what}` };
  const { outcome, phase, message, conditions } = status;
  if (outcome === 'needs-human') return { wait: `a human has to decide about its service: ${message}` };
  if (outcome === undefined) return { wait: `its service moves to ${spec.destination}: ${what} is in the phase ${phase}` };
  const endedAt = Math.max(...conditions.map(({ lastTransitionTime }) => Date.parse(lastTransitionTime)));
  return now - endedAt > recentMs ? { migrate: migrations.length + 1 } : { allow: `${what} has ended: ${outcome}` };
}

const madeAt = ({ metadata }: MigrationObject) => new Date(metadata.creationTimestamp ?? 0).getTime();
