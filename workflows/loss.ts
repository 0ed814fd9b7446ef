import { ApplicationFailure, CancellationScope, condition, patched } from '@temporalio/workflow';
import type { Turn } from '../activities/await-loss';
import type { Debt } from '../domain/debt';
import type { StepResult } from '../domain/engine';
import type { MigrationFailureDetails } from '../domain/migration';
import { decideOutcome } from '../domain/outcome';
import { formatDuration } from '../domain/quantities';
import type { Side } from '../domain/resolution';
import { deployment, on } from './coordinators';
import { explain, isOfType, migrationFailure } from './failures';
import { keep } from './keep';
import { lookAtDebt } from './look-at-debt';
import type { ArmedMigration } from './migration';
import { forward, forwardProbe, probe } from './options';

/** What becomes of a service that was committed, when its destination is lost for good while pages are owed to it. */

const losses = { gone: 'destination-gone', stranded: 'pages-lost', restarted: 'destination-restarted', unsaid: 'pages-unsaid' };

export const isLoss = (failure: unknown) => failure instanceof ApplicationFailure && Object.values(losses).includes(failure.type ?? '');

export const awaitsPages = 'wait for the remaining pages';

/** The source waits for minutes until pages are fetched; that nobody is there any more to fetch them is seen earlier. */
export async function finishUnlessLost(migration: ArmedMigration): Promise<StepResult> {
  const { plan, ticket } = migration;
  const finish = () => on(plan.from, forward, 'wait until all pages are in').step({ ticket, verb: 'finish' });
  if (plan.strategy !== 'post-copy' || !patched('watch-for-loss')) return finish();
  const waiting = new CancellationScope();
  try {
    return await Promise.race([waiting.run(finish), waiting.run(() => untilLost(migration))]);
  } finally {
    waiting.cancel();
  }
}

/** A link that comes and goes for days must not fill the history. */
const mostTurns = 100;

/** That the source has taken the service back is told by its own answer. */
async function untilLost(migration: ArmedMigration): Promise<never> {
  const { plan, ticket } = migration;
  const { service, from, to } = plan;
  const words = {
    gone: `the outer container at ${to} is gone`,
    stranded: `the handoff driver at ${to} died, or lost its page daemon, before all pages had come`,
    restarted: `the outer container at ${to} was restarted before all pages had come`,
    unsaid: `all pages have come to ${to}, and ${from} has not heard so`,
  };
  for (let turn: Turn = 'standstill', turns = 0; ; turns += 1) {
    const seen = await on(to, forward, 'is the destination still there?').awaitLoss({ serviceId: ticket.service, migration: ticket.migration, epoch: ticket.epoch, unsaid: true, ...(turns < mostTurns && { turn }) });
    if (seen === 'standstill') {
      migration.note(`${service.name} stands still at ${to}, before a page that is at ${from}. It goes on by itself when the two reach each other again; if one of them is lost for good, \`carryon resolve ${service.name} --keep source\` (or destination) decides, with \`--force-lost\` and its id where it does not answer`);
      turn = 'motion';
    } else if (seen === 'motion') {
      migration.note(awaitsPages);
      turn = 'standstill';
    } else {
      // An older coordinator says nothing: it only knows the first.
      const kind = seen ?? 'gone';
      throw ApplicationFailure.nonRetryable(words[kind], losses[kind]);
    }
  }
}

/** It waits for what can never come: its place is cleared for the frozen one. False when something else has come of it meanwhile. */
export async function clearStranded({ plan, ticket }: ArmedMigration): Promise<boolean> {
  const { removed } = await on(plan.to, forwardProbe, 'remove the service that waits in vain, keep its volumes').removeStranded({ serviceId: ticket.service, epoch: ticket.epoch });
  return removed;
}

/** As the request asked for, by the rules that hold for people too. Answers with why it cannot be done now: somebody does not answer. */
export async function resumeFrozen(migration: ArmedMigration): Promise<string> {
  const { service, from, to } = migration.plan;
  const { clusters } = await deployment().listClusters();
  try {
    await keep({ service: service.id, keep: 'source' }, clusters);
  } catch (failure) {
    if (isOfType(failure, 'needsHuman')) throw stuck(migration, failure);
    if (!isOfType(failure, 'refused')) throw failure;
    return `${to} is gone, but ${service.name} cannot go on at ${from} yet: ${explain(failure)}`;
  }
  throw resumed(migration, `${to} was lost while pages were owed to it, and the request says resume-frozen`);
}

function stuck(migration: ArmedMigration, failure: ApplicationFailure): ApplicationFailure {
  const { from, to } = migration.plan;
  const reason = `${to} was lost while pages were owed to it: ${failure.message}`;
  const { code, next } = (failure.details?.[0] ?? {}) as MigrationFailureDetails;
  return migrationFailure('needsHuman', reason, { report: migration.end('needs-human', reason), code, next: next ?? `Look at the engine's log at ${from}.` }, failure);
}

/** How a migration ends that was committed, and whose service is at the source nevertheless. */
export function resumed(migration: ArmedMigration, why: string): ApplicationFailure {
  const { service, from, to } = migration.plan;
  const ago = formatDuration(Date.now() - migration.committedMs);
  const reason = `${why}: ${service.name} runs at ${from} from the instant of the freeze. What happened to it at ${to} since the commit (${ago} ago) is lost, and the connections that were open have ended`;
  return migrationFailure('resumed', reason, { report: migration.end('resumed', reason), code: 'destination-lost' });
}

/** A human may give a side up while something is asked of it, for ever if it must be. */
export async function unlessGivenUp(migration: ArmedMigration, story: () => Promise<string | undefined>): Promise<string | undefined> {
  const forwards = new CancellationScope();
  const told = forwards.run(story).catch((failure: unknown) => {
    // What was cut off tells nothing of how it ends.
    if (forwards.consideredCancelled) return new Promise<never>(() => undefined);
    throw failure;
  });
  return Promise.race([told, givenUp(migration, forwards)]);
}

const looks = 15;
const pauseMs = 2000;

/** A loss is told before the side that stays is asked, who may refuse; and once more afterwards. Each time it is looked for a while what has come of it. */
async function givenUp(migration: ArmedMigration, forwards: CancellationScope): Promise<string> {
  const { service, from, to } = migration.plan;
  for (let heard = 0; ; ) {
    await condition(() => migration.timesLost > heard);
    heard = migration.timesLost;
    for (let look = 0; look < looks && migration.timesLost === heard; look += 1) {
      const side = await sideThatStays(migration);
      if (side !== undefined) forwards.cancel();
      if (side === 'source') throw resumed(migration, `it was decided that ${service.name} goes on at ${from}`);
      if (side === 'destination') return `${from} is gone for ever, as was said: what is left of ${service.name} there was not retired; it runs at ${to}`;
      await condition(() => migration.timesLost > heard, pauseMs);
    }
  }
}

/** Where the service goes on without the other side; undefined as long as that is not known. */
async function sideThatStays(migration: ArmedMigration): Promise<Side | undefined> {
  const { plan, ticket, lost } = migration;
  if (plan.strategy === 'post-copy') {
    const debt = await lookAtDebt(migration);
    if (debt === 'resumed') return 'source';
    return lost.has(plan.from) && owesNothing.includes(debt) ? 'destination' : undefined;
  }
  if (!lost.has(plan.from)) return undefined;
  const there = await on(plan.to, probe, 'does the service run here?').inspectOutcome(ticket).catch(() => undefined);
  return there && decideOutcome(ticket.epoch, undefined, there) === 'committed' ? 'destination' : undefined;
}

const owesNothing: readonly Debt[] = ['paid', 'restarted', 'moved-on'];
