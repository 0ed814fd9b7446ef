import type { Outcome } from '../domain/migration';
import type { Phase } from '../domain/phases';
import type { Condition, ConditionType, MigrationObject } from './migration';
import type { Seen } from './seen';

type Told = Pick<Condition, 'status' | 'reason' | 'message'>;

/** All that hold, in one order; a time is that of the last change of True to False or back. */
export function conditionsOf({ metadata }: MigrationObject, before: readonly Condition[], seen: Seen & { message: string }, now: Date): Condition[] {
  const accepted = acceptance(before.find(({ type }) => type === 'Accepted'), seen);
  const told: [ConditionType, Told][] = [['Accepted', accepted], ...(seen.end ? endings(seen.end.outcome, { reason: reasonOf(seen), message: seen.message }) : [])];
  return told.map(([type, condition]) => {
    const old = before.find((other) => other.type === type);
    const lastTransitionTime = old?.status === condition.status ? old.lastTransitionTime : now.toISOString();
    return { type, ...condition, observedGeneration: metadata.generation, lastTransitionTime };
  });
}

/** Nobody takes back what was accepted, but for a refusal: the engines may see what the plan could not. */
function acceptance(before: Condition | undefined, { told, trouble, end, message }: Seen & { message: string }): Told {
  if (end?.outcome === 'refused') return { status: 'False', reason: reasonOf({ end }), message };
  if (before?.status === 'True') return before;
  const report = end?.report ?? told?.report;
  const phase = told?.progress?.phase;
  if (report && [phase, ...report.steps.map((step) => step.phase)].some(isBegun)) {
    return { status: 'True', reason: 'accepted', message: `${report.name} moves from ${report.from} to ${report.to} by ${report.strategy}.` };
  }
  return { status: 'Unknown', reason: end ? reasonOf({ end }) : (trouble?.code ?? phase ?? 'pending'), message };
}

/** Phases of one whose plan was not made, or is to be made anew; and those in which it ends, which it may come to without one. */
const undecided: readonly Phase[] = ['plan', 'queue', 'rollback', 'done'];
const isBegun = (phase: Phase | undefined) => phase !== undefined && !undecided.includes(phase);

const reasonOf = ({ end }: Pick<Seen, 'end'>) => end?.code ?? end?.outcome ?? 'unexpected';

function endings(outcome: Outcome, why: Omit<Told, 'status'>): [ConditionType, Told][] {
  const yes: Told = { status: 'True', ...why };
  const no: Told = { status: 'False', ...why };
  switch (outcome) {
    case 'committed':
      return [['Completed', yes]];
    case 'refused':
      return [['Completed', no]];
    case 'rolled-back':
      return [['Completed', no], ['RolledBack', yes]];
    case 'resumed':
    case 'needs-human':
      return [['Completed', no], ['Failed', yes]];
  }
}
