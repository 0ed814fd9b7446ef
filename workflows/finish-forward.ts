import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ActivityFailure, CancellationScope, ParentClosePolicy, sleep, startChild } from '@temporalio/workflow';
import { retireWorkflowId } from '../domain/names';
import { on } from './coordinators';
import { codeOf, explain, migrationFailure, nextOf, recoveryOf } from './failures';
import type { ArmedMigration } from './migration';
import { forward, forwardProbe, probe } from './options';
import { retireSource } from './retire-source';

/** After commit: no way back, no deadline, deaf to cancellation. */
export async function finishForward(migration: ArmedMigration): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    const { plan, ticket } = migration;
    await migration.during('cutover', `new clients find ${plan.service.name} at ${plan.to}`, () =>
      on(plan.to, forwardProbe, 'does the service run here?').confirmArrival(ticket),
    );
    if (await collectDebt(migration)) await startRetirement(migration);
  });
}

const firstPauseMs = 1000;
const longestPauseMs = 60_000;

/** False when the source is gone altogether. A step that fails after commit is repeated: the service runs, and has nowhere to go back to. */
async function collectDebt(migration: ArmedMigration): Promise<boolean> {
  const { plan, ticket } = migration;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    try {
      const { events } = await migration.during('finish', 'wait for the remaining pages', () =>
        on(plan.from, forward, 'wait until all pages are in').step({ ticket, verb: 'finish' }),
      );
      migration.learn(events);
      await countPages(migration);
      return true;
    } catch (failure) {
      if (!(failure instanceof ActivityFailure)) throw failure;
      if (isFinal(failure)) return withoutSource(migration, failure);
      migration.note(`the service runs at ${plan.to}; its pages are still awaited: ${explain(failure)}`);
      await sleep(pauseMs, { summary: 'pages are awaited' });
    }
  }
}

const isFinal = (failure: ActivityFailure) => codeOf(failure) === 'service-not-found' || recoveryOf(failure) === 'human';

/** Pages go from engine to engine, so only the destination knows how many came. A report may do without. */
async function countPages(migration: ArmedMigration): Promise<void> {
  if (migration.plan.strategy !== 'post-copy') return;
  try {
    const told = await on(migration.plan.to, probe, 'how many pages came?').inspectOutcome(migration.ticket);
    for (const { step, bytes } of told?.events ?? []) if (step === 'pages' && bytes !== undefined) migration.sent(bytes);
  } catch {
    migration.note('the destination did not tell how many pages came');
  }
}

/** The source refused for good. What counts now is whether the destination has all it needs. */
async function withoutSource(migration: ArmedMigration, failure: unknown): Promise<boolean> {
  const { plan, ticket } = migration;
  const { waiting } = await on(plan.to, forwardProbe, 'does it have all pages?').confirmArrival(ticket);
  const gone = codeOf(failure) === 'service-not-found';
  if (gone && !waiting && plan.strategy === 'stop-and-copy') return false;
  const reason = `the service runs at ${plan.to}, but what it still needs from ${plan.from} cannot be had: ${explain(failure)}`;
  throw migrationFailure('needsHuman', reason, {
    report: migration.end('needs-human', reason),
    code: codeOf(failure),
    next: nextOf(failure) ?? `Bring the outer container at ${plan.from} back, then look at \`carryon ps\`.`,
  });
}

/** The relay outlives the migration: its own workflow sees to its end. */
async function startRetirement({ plan, ticket, request }: ArmedMigration): Promise<void> {
  try {
    await startChild(retireSource, {
      workflowId: retireWorkflowId(ticket.service, ticket.epoch),
      args: [{ serviceId: ticket.service, name: plan.service.name, cluster: plan.from, epoch: ticket.epoch, untilMs: Date.now() + request.relayForMs }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `relay of ${plan.service.name} at ${plan.from}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
