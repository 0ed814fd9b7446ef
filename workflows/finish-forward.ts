import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ActivityFailure, ApplicationFailure, CancellationScope, ParentClosePolicy, startChild } from '@temporalio/workflow';
import { retireWorkflowId } from '../domain/names';
import { on } from './coordinators';
import { codeOf, explain, migrationFailure, nextOf } from './failures';
import type { ArmedMigration } from './migration';
import { forward, forwardProbe } from './options';
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

/** False when the source is gone altogether. */
async function collectDebt(migration: ArmedMigration): Promise<boolean> {
  const { plan, ticket } = migration;
  try {
    const { events } = await migration.during('finish', 'wait for the remaining pages', () =>
      on(plan.from, forward, 'wait until all pages are in').step({ ticket, verb: 'finish' }),
    );
    migration.learn(events.filter(({ step }) => step === 'pages'));
    return true;
  } catch (failure) {
    if (!(failure instanceof ActivityFailure) || !(failure.cause instanceof ApplicationFailure)) throw failure;
    return withoutSource(migration, failure);
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
