import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ActivityFailure, CancellationScope, ParentClosePolicy, sleep, startChild } from '@temporalio/workflow';
import type { Debt } from '../domain/debt';
import { retireWorkflowId } from '../domain/names';
import { on } from './coordinators';
import { codeOf, explain, migrationFailure, nextOf, recoveryOf } from './failures';
import { lookAtDebt } from './look-at-debt';
import type { ArmedMigration } from './migration';
import { forward, forwardProbe, probe } from './options';
import { retireSource } from './retire-source';
import { giveSlot } from './slot';

/** After commit: no way back, no deadline, deaf to cancellation. Answers with what the report has to say beyond "committed". */
export async function finishForward(migration: ArmedMigration): Promise<string | undefined> {
  return CancellationScope.nonCancellable(async () => {
    const { plan, ticket } = migration;
    await migration.during('cutover', `new clients find ${plan.service.name} at ${plan.to}`, () =>
      on(plan.to, forwardProbe, 'does the service run here?').confirmArrival(ticket),
    );
    const { retire, remark } = await collectDebt(migration);
    if (retire) await startRetirement(migration, remark !== undefined);
    return remark;
  });
}

const firstPauseMs = 1000;
const longestPauseMs = 60_000;

interface Collected {
  /** False when the source is gone altogether. */
  retire: boolean;
  /** Why the source is not needed any more though it never heard that its debt is paid. */
  remark?: string;
}

/** A step that fails after commit is repeated as long as that can help: the service runs, and has nowhere to go back to. */
async function collectDebt(migration: ArmedMigration): Promise<Collected> {
  const { plan, ticket } = migration;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    try {
      const { events } = await migration.during('finish', 'wait for the remaining pages', () =>
        on(plan.from, forward, 'wait until all pages are in').step({ ticket, verb: 'finish' }),
      );
      migration.learn(events);
      await countPages(migration);
      return { retire: true };
    } catch (failure) {
      if (!(failure instanceof ActivityFailure)) throw failure;
      const remark = remarkOn(migration, await lookAtDebt(migration), failure);
      if (remark !== undefined) return { retire: true, remark };
      if (isFinal(failure)) return { retire: await withoutSource(migration, failure) };
      // Nothing moves until somebody mends that: others need not wait for it.
      await giveSlot(migration);
      migration.note(`the service runs at ${plan.to}; its pages are still awaited: ${explain(failure)}`);
      await sleep(pauseMs, { summary: 'pages are awaited' });
    }
  }
}

/** Undefined while asking again may help; throws where only a human can. */
function remarkOn(migration: ArmedMigration, debt: Debt, failure: unknown): string | undefined {
  const { from, to, service } = migration.plan;
  switch (debt) {
    case 'open':
      return undefined;
    case 'paid':
      return `${to} has all pages, though ${from} did not say so`;
    case 'restarted':
      return `the outer container at ${to} was restarted before all pages had come: ${service.name} began afresh there, and its memory at ${from} is of no use any more`;
    case 'moved-on':
      return `${service.name} has moved on from ${to}, so nothing at ${from} is needed any more`;
    case 'waiting':
      throw needsHuman(migration, failure, `${service.name} belongs to ${to}, but stands still there: it waits for pages that cannot be had from ${from}`, {
        next: `What is left in memory at ${from} cannot be given to it any more, but its files are at ${to}. Remove the outer containers there and at ${from} with \`carryon rm\`, keeping the volumes, and run the service anew at ${to} with \`carryon run\`.`,
      });
    case 'gone':
      throw needsHuman(migration, failure, `${service.name} was handed over to ${to}, and its outer container there is gone; at ${from} its frozen copy is left, which may not run again`, {
        next: `Look where the service should be with \`carryon ps\`. Its files as of the handover are in the volumes at ${from}.`,
      });
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
  throw needsHuman(migration, failure, `the service runs at ${plan.to}, but what it still needs from ${plan.from} cannot be had: ${explain(failure)}`, {
    next: nextOf(failure) ?? `Bring the outer container at ${plan.from} back, then look at \`carryon ps\`.`,
  });
}

const needsHuman = (migration: ArmedMigration, failure: unknown, reason: string, { next }: { next: string }) =>
  migrationFailure('needsHuman', reason, { report: migration.end('needs-human', reason), code: codeOf(failure), next });

/** The relay outlives the migration: its own workflow sees to its end. */
async function startRetirement({ plan, ticket, request }: ArmedMigration, owesNothing: boolean): Promise<void> {
  try {
    await startChild(retireSource, {
      workflowId: retireWorkflowId(ticket.service, ticket.epoch),
      args: [
        {
          serviceId: ticket.service,
          name: plan.service.name,
          cluster: plan.from,
          epoch: ticket.epoch,
          untilMs: Date.now() + request.relayForMs,
          ...(owesNothing && { owesNothing }),
        },
      ],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `relay of ${plan.service.name} at ${plan.from}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
