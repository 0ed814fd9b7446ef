import { ApplicationFailure, CancellationScope, condition, patched, sleep } from '@temporalio/workflow';
import type { StepResult } from '../domain/engine';
import type { MigrationFailureDetails } from '../domain/migration';
import { formatDuration } from '../domain/quantities';
import { deployment, on } from './coordinators';
import { explain, isOfType, migrationFailure } from './failures';
import { keep } from './keep';
import { lookAtDebt } from './look-at-debt';
import type { ArmedMigration } from './migration';
import { forward } from './options';

/** What becomes of a service that was committed, when its destination is lost for good while pages are owed to it. */

const lookEveryMs = 5000;
const gone = 'destination-gone';

export const isLoss = (failure: unknown) => failure instanceof ApplicationFailure && failure.type === gone;

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

async function untilLost(migration: ArmedMigration): Promise<never> {
  for (;;) {
    await sleep(lookEveryMs, { summary: 'is the destination still there?' });
    const debt = await lookAtDebt(migration);
    if (debt !== 'gone' && debt !== 'resumed') continue;
    throw ApplicationFailure.nonRetryable(`the outer container at ${migration.plan.to} is gone`, gone);
  }
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

/** A human may give the destination up while something is asked of it, for ever if it must be. */
export async function unlessGivenUp<T>(migration: ArmedMigration, story: () => Promise<T>): Promise<T> {
  const forwards = new CancellationScope();
  const told = forwards.run(story).catch((failure: unknown) => {
    // What was cut off tells nothing of how it ends.
    if (forwards.consideredCancelled) return new Promise<never>(() => undefined);
    throw failure;
  });
  return Promise.race([told, givenUp(migration, forwards)]);
}

const looks = 60;
const pauseMs = 2000;

async function givenUp(migration: ArmedMigration, forwards: CancellationScope): Promise<never> {
  await condition(() => migration.lost === migration.plan.to);
  // It is told before the source is asked, who may refuse.
  for (let look = 0; look < looks; look += 1) {
    if ((await lookAtDebt(migration)) === 'resumed') {
      forwards.cancel();
      throw resumed(migration, `it was decided that ${migration.plan.service.name} goes on at ${migration.plan.from}`);
    }
    await sleep(pauseMs, { summary: 'is the service left at the source?' });
  }
  return new Promise(() => undefined);
}
