import type { Client } from '@temporalio/client';
import { phaseIn, typeIn } from '../e2e/support/history';
import { sides, type Step } from './cell';
import { isTag, type Passed } from './cells';
import type { Subject } from './subject';

/**
 * What a migration's workflow asked for within its phases, from the first thing that would have to be undone. What it asks for first in a phase begins with the phase, which is a
 * step already; of what it asks for at once, the first stands for all.
 */
export async function activitySteps(temporal: Client, migration: string): Promise<Step[]> {
  const { events } = await temporal.workflow.getHandle(migration).fetchHistory();
  const counts = new Map<string, number>();
  const phases = new Set<string>();
  const steps: Step[] = [];
  let isNamed = true;
  let task = '';
  for (const event of events ?? []) {
    const phase = phaseIn(event);
    if (phase !== undefined && !phases.has(phase)) {
      phases.add(phase);
      isNamed = true;
    }
    const type = typeIn(event);
    if (type === undefined) continue;
    const nth = 1 + (counts.get(type) ?? 0);
    counts.set(type, nth);
    const askedIn = String(event.activityTaskScheduledEventAttributes?.workflowTaskCompletedEventId);
    if (phases.has('prepare') && !isNamed && askedIn !== task) steps.push(`activity:${type}${nth > 1 ? `:${nth}` : ''}`);
    isNamed = false;
    task = askedIn;
  }
  return steps;
}

/** Lines of the newest epoch that no driver has written: the engines did. */
export async function lineSteps(subject: Subject, { from, to }: Subject['place'], passed: readonly Passed[]): Promise<Step[]> {
  const { epoch } = await subject.outer(to).journal();
  const clusterOf = { source: from, destination: to };
  const steps = await Promise.all(sides.map(async (side) => {
    const states = await subject.outer(clusterOf[side]).statesIn(epoch);
    return [...new Set(states)].filter((state) => !passed.some((one) => isTag(one) && one.side === side && one.tag === `journal-${state}`)).map((state): Step => `line:${side}:${state}`);
  }));
  return steps.flat();
}
