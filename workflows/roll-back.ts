import { CancellationScope, isCancellation, patched } from '@temporalio/workflow';
import { stateText } from '../domain/state-text';
import { UndoFailedError, type UndoStack } from '../domain/undo-stack';
import { codeOf, explain, isOfType, migrationFailure, nextOf, refusedBy } from './failures';
import type { Migration } from './migration';
import { ask } from './testimony';

/** Takes everything back, and tells how the migration ends. A cancellation stays one, unless it was an abort. */
export async function rollBack(migration: Migration, undo: UndoStack, failure: unknown): Promise<unknown> {
  if (isOfType(failure, 'needsHuman')) return failure;
  const reason = (migration.abortReason ? `aborted: ${migration.abortReason}` : explain(failure)).replace(/\.$/, '');
  migration.enter('rollback', reason);
  try {
    await CancellationScope.nonCancellable(() => undo.unwind((name) => migration.note(`${name}, because: ${reason}`)));
  } catch (failed) {
    return halted(migration, failed, reason);
  }
  const refusal = isEarly(migration) ? refusedBy(failure) : failure;
  if (isOfType(refusal, 'refused')) {
    migration.end('refused', reason);
    return refusal;
  }
  const left = migration.remarks.map((remark) => `; ${remark}`).join('');
  const report = migration.end('rolled-back', `${reason}${left}`);
  if (isCancellation(failure) && migration.abortReason === undefined) return failure;
  const where = whereNow(migration);
  return migrationFailure('rolledBack', `${reason}${where}${left}`, { report, code: migration.abortReason ? 'aborted' : codeOf(failure), next: nextOf(failure) }, failure);
}

/** What a coordinator refuses before the ticket is refused as by the plan: the source was only looked at, and what was made at the destination has been removed. */
const isEarly = ({ abortReason, ticket, remarks }: Migration) => abortReason === undefined && ticket === undefined && remarks.length === 0;

function whereNow({ plan, sourceNow }: Migration): string {
  if (!plan) return '; nothing was touched';
  switch (sourceNow) {
    case 'stopped':
      return `; the service is stopped at ${plan.from}, and starts there with its outer container`;
    case 'anew':
      return `; the service runs at ${plan.from}, where it began anew from its files`;
    case 'gone':
      return `; the service has no outer container at ${plan.from} any more`;
    case undefined:
      return `; the service runs on at ${plan.from}`;
  }
}

/** Whoever goes on by hand has to know. */
async function whatRunsWhere({ plan, ticket }: Migration): Promise<string> {
  if (!plan || !ticket || !patched('halted-tells-what-runs')) return '';
  const at = async (cluster: string) => `${cluster}: ${stateText(await ask({ ticket }, cluster, 'what runs here?'))}`;
  return `; ${(await CancellationScope.nonCancellable(() => Promise.all([at(plan.from), at(plan.to)]))).join('; ')}`;
}

async function halted(migration: Migration, failed: unknown, reason: string): Promise<unknown> {
  if (!(failed instanceof UndoFailedError)) return failed;
  const left = failed.remaining.length > 0 ? `; not tried after that: ${failed.remaining.join(', ')}` : '';
  const message = `the rollback stopped: could not ${failed.failed}: ${explain(failed.cause)}${left}${await whatRunsWhere(migration)}`;
  const from = migration.plan?.from ?? 'the source';
  return migrationFailure(
    'rollbackFailed',
    message,
    {
      report: migration.end('needs-human', `${message}; it was rolled back because: ${reason}`),
      code: codeOf(failed.cause),
      next: nextOf(failed.cause) ?? `Look at the engine's log at ${from} with \`carryon ps --json\` and \`carryon logs\`; repeat the steps named above by hand, in that order.`,
    },
    failed.cause,
  );
}
