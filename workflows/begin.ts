import { allHandlersFinished, ApplicationFailure, CancellationScope, condition, setHandler } from '@temporalio/workflow';
import type { AbortResult } from '../domain/migration';
import { parseRequest } from '../domain/request';
import { refusedBy } from './failures';
import { abortSignal, abortUpdate, lostSignal, progressQuery, reportQuery } from './messages';
import { Migration } from './migration';

/** Checks the request and answers messages from now on. */
export function begin(input: unknown): Migration {
  const migration = new Migration(check(input));
  setHandler(progressQuery, () => migration.progress());
  setHandler(reportQuery, () => migration.report() ?? null);
  setHandler(abortSignal, (reason: string | undefined) => {
    if (!migration.committed) migration.abort(reason ?? 'by signal');
  });
  setHandler(lostSignal, (cluster: string) => {
    migration.lost.add(cluster);
    migration.timesLost += 1;
  });
  setHandler(
    abortUpdate,
    async (reason: string | undefined): Promise<AbortResult> => {
      migration.abort(reason ?? 'by request');
      await CancellationScope.nonCancellable(() => condition(() => migration.outcome !== undefined || migration.committed));
      if (migration.committed) throw tooLate(migration);
      if (migration.outcome === 'needs-human') throw ApplicationFailure.nonRetryable('the migration could not be taken back', 'needs-human');
      return { outcome: 'rolled-back', message: `the service stays at ${migration.plan?.from ?? 'the source'}` };
    },
    {
      validator: (_reason: string | undefined) => {
        if (migration.committed) throw tooLate(migration);
      },
    },
  );
  return migration;
}

/** Whoever waits for an answer gets it before the workflow ends. In a cancelled scope a wait fails at once, and would hide how the migration ended. */
export const answerAll = () => CancellationScope.nonCancellable(() => condition(allHandlersFinished));

function check(input: unknown) {
  try {
    return parseRequest(input);
  } catch (error) {
    throw refusedBy(error);
  }
}

const tooLate = (migration: Migration) =>
  ApplicationFailure.nonRetryable(
    `the migration is committed: the service runs at ${migration.plan?.to ?? 'the destination'}. Move it back with a new migration.`,
    'committed',
  );
