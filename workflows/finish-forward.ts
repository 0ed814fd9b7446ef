import { ActivityFailure, CancellationScope, patched, sleep } from '@temporalio/workflow';
import type { Debt } from '../domain/debt';
import { on } from './coordinators';
import { codeOf, explain, migrationFailure, nextOf, recoveryOf } from './failures';
import { lookAtDebt } from './look-at-debt';
import { awaitsPages, clearStranded, finishUnlessLost, isLoss, resumed, resumeFrozen, unlessGivenUp } from './loss';
import type { ArmedMigration } from './migration';
import { forwardProbe, probe } from './options';
import { runHooks } from './run-hooks';
import { giveSlot } from './slot';
import { startRetirement } from './start-retirement';

/** After commit: no way back, no deadline, deaf to cancellation. Answers with what the report has to say beyond "committed". */
export async function finishForward(migration: ArmedMigration): Promise<string | undefined> {
  return CancellationScope.nonCancellable(() => unlessGivenUp(migration, () => forwardFrom(migration)));
}

async function forwardFrom(migration: ArmedMigration): Promise<string | undefined> {
  await cutOver(migration);
  const { retire, remark } = await collectDebt(migration);
  // Not before: a destination that is lost with its debt may give the service back. And while the relay is there for those who are led late.
  await runHooks(migration);
  if (retire) await retireAfter(migration, remark !== undefined);
  return remark;
}

/** A destination that is gone already may be owed pages: what becomes of the service then is decided where these are collected. */
async function cutOver(migration: ArmedMigration): Promise<void> {
  const { plan, ticket } = migration;
  try {
    await migration.during('cutover', `new clients find ${plan.service.name} at ${plan.to}`, () =>
      on(plan.to, forwardProbe, 'does the service run here?').confirmArrival(ticket),
    );
  } catch (failure) {
    if (codeOf(failure) !== 'service-not-found') throw failure;
    if (plan.strategy !== 'post-copy') throw lostWithAll(migration, failure);
  }
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
  if (migration.sourceDied) return burySource(migration, migration.sourceDied);
  const { plan } = migration;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    try {
      const { events } = await migration.during('finish', awaitsPages, () => finishUnlessLost(migration));
      migration.learn(events);
      await countPages(migration);
      return { retire: true };
    } catch (failure) {
      if (!(failure instanceof ActivityFailure) && !isLoss(failure)) throw failure;
      const found = await lookAtDebt(migration);
      const debt = found === 'waiting' && mayResume(migration, failure) && patched('clear-stranded') && (await clearStranded(migration)) ? 'gone' : found;
      const hindrance = debt === 'gone' && mayResume(migration, failure) ? await resumeFrozen(migration) : undefined;
      const remark = remarkOn(migration, debt, failure);
      if (remark !== undefined) return { retire: true, remark };
      if (isFinal(failure)) return withoutSource(migration, failure);
      // Nothing moves until somebody mends that: others need not wait for it.
      await giveSlot(migration);
      migration.note(hindrance ?? `the service belongs to ${plan.to}; its pages are still awaited: ${explain(failure)}`);
      await sleep(pauseMs, { summary: 'pages are awaited' });
    }
  }
}

/** It owes nothing, and carries no connection any more; unless its orchestrator has started it again: then it relays. */
async function burySource({ plan, ticket }: ArmedMigration, container: string): Promise<Collected> {
  const { buried } = await on(plan.from, forwardProbe, 'remove the dead outer container, keep its volumes').burySource({ serviceId: ticket.service, container });
  return { retire: !buried, remark: `the outer container at ${plan.from} died while ${plan.service.name} was frozen in it; all that it had was at ${plan.to} by then` };
}

/** Undefined while asking again may help; throws where only a human can. */
function remarkOn(migration: ArmedMigration, debt: Debt, failure: unknown): string | undefined {
  const { from, to, service } = migration.plan;
  const { name } = service;
  switch (debt) {
    case 'resumed':
      throw resumed(migration, `it was decided that ${name} goes on at ${from}`);
    case 'open':
      return undefined;
    case 'paid':
      return `${to} has all pages, though ${from} did not say so`;
    case 'restarted':
      return `the outer container at ${to} was restarted before all pages had come: ${service.name} began afresh there, and its memory at ${from} is of no use any more`;
    case 'moved-on':
      return `${service.name} has moved on from ${to}, so nothing at ${from} is needed any more`;
    case 'waiting':
      // Only one of the two can go on, and it is known which.
      if (isFinal(failure) && patched('debt-asked-again')) return undefined;
      throw needsHuman(migration, failure, `${service.name} belongs to ${to}, but stands still there: it waits for pages that cannot be had from ${from}`, {
        next: `Decide where it goes on. At ${from}, from the freeze, without what happened at ${to} since: \`carryon rm ${name} --cluster ${to} --force\`, then \`carryon resolve ${name} --keep source\`. At ${to}, afresh from its files: the same with ${from} and --keep destination.`,
      });
    case 'gone':
      if (mayResume(migration, failure)) return undefined;
      if (isFinal(failure)) throw lostAtBoth(migration, failure);
      throw needsHuman(migration, failure, `${name} was handed over to ${to}, and its outer container there is gone while pages were owed to it; at ${from} it stands still, frozen at the handover`, {
        next: `\`carryon resolve ${name} --keep source\` lets it go on at ${from} from that instant; what happened at ${to} since is lost.`,
      });
  }
}

/** Without a source nothing is left to resume. */
const mayResume = ({ request }: ArmedMigration, failure: unknown) => request.onLoss === 'resume-frozen' && !isFinal(failure);

const isFinal = (failure: unknown) => codeOf(failure) === 'service-not-found' || recoveryOf(failure) === 'human';

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

/** The source refused for good. What counts now is whether the destination has all it needs; while it was silent that may have changed. */
async function withoutSource(migration: ArmedMigration, failure: unknown): Promise<Collected> {
  const { plan, ticket } = migration;
  const { waiting } = await on(plan.to, forwardProbe, 'does it have all pages?').confirmArrival(ticket).catch((missing: unknown) => {
    throw codeOf(missing) === 'service-not-found' ? lostAtBoth(migration, failure) : missing;
  });
  const gone = codeOf(failure) === 'service-not-found';
  if (gone && !waiting && plan.strategy === 'stop-and-copy') return { retire: false };
  const remark = !waiting && patched('debt-asked-again') ? remarkOn(migration, await lookAtDebt(migration), failure) : undefined;
  if (remark !== undefined) return { retire: true, remark };
  throw needsHuman(migration, failure, `the service runs at ${plan.to}, but what it still needs from ${plan.from} cannot be had: ${explain(failure)}`, {
    // A destination that lacks pages says some seconds later that it waits; before that nothing can be decided for it.
    next: waiting || codeOf(failure) === 'pages-lost'
      ? `If ${plan.from} cannot be brought back with it: \`carryon resolve ${plan.service.name} --keep destination\` begins afresh at ${plan.to} from the files there${waiting ? '' : ', once `carryon ps` says that it is waiting'}.`
      : (nextOf(failure) ?? `Bring the outer container at ${plan.from} back, then look at \`carryon ps\`.`),
  });
}

const needsHuman = (migration: ArmedMigration, failure: unknown, reason: string, { next }: { next: string }) =>
  migrationFailure('needsHuman', reason, { report: migration.end('needs-human', reason), code: codeOf(failure), next });

const runAnew = ({ plan }: ArmedMigration) =>
  `Run it anew with \`carryon run\`; its files as of the handover are in the volumes at ${plan.from}, later ones in those at ${plan.to}.`;

/** Its pages were at the one, and the rest at the other. */
const lostAtBoth = (migration: ArmedMigration, failure: unknown) => {
  const { from, to, service } = migration.plan;
  return needsHuman(migration, failure, `${service.name} was handed over to ${to}, and its outer container there is gone; what it still needed from ${from} is lost as well`, {
    next: codeOf(failure) === 'service-not-found'
      ? runAnew(migration)
      : `\`carryon resolve ${service.name} --keep source\` begins afresh at ${from} from its files as of the handover; later ones are in the volumes at ${to}.`,
  });
};

const lostWithAll = (migration: ArmedMigration, failure: unknown) =>
  needsHuman(migration, failure, `${migration.plan.service.name} was handed over to ${migration.plan.to} with all that it had, and its outer container there is gone`, {
    next: runAnew(migration),
  });

const retireAfter = ({ plan, ticket, request }: ArmedMigration, owesNothing: boolean): Promise<void> =>
  startRetirement({
    serviceId: ticket.service,
    name: plan.service.name,
    cluster: plan.from,
    epoch: ticket.epoch,
    untilMs: Date.now() + request.relayForMs,
    ...(owesNothing && { owesNothing }),
  });
