import { CancellationScope, isCancellation } from '@temporalio/workflow';
import { UndoFailedError, type UndoStack } from '../domain/undo-stack';
import { codeOf, explain, isOfType, migrationFailure, nextOf } from './failures';
import type { Migration } from './migration';

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
  if (isOfType(failure, 'refused')) {
    migration.end('refused', reason);
    return failure;
  }
  const left = migration.remarks.map((remark) => `; ${remark}`).join('');
  const report = migration.end('rolled-back', `${reason}${left}`);
  if (isCancellation(failure) && migration.abortReason === undefined) return failure;
  const where = whereNow(migration);
  return migrationFailure('rolledBack', `${reason}${where}${left}`, { report, code: migration.abortReason ? 'aborted' : codeOf(failure), next: nextOf(failure) }, failure);
}

function whereNow({ plan, sourceStopped }: Migration): string {
  if (!plan) return '; nothing was touched';
  return sourceStopped ? `; the service is stopped at ${plan.from}, and starts there with its outer container` : `; the service runs on at ${plan.from}`;
}

function halted(migration: Migration, failed: unknown, reason: string): unknown {
  if (!(failed instanceof UndoFailedError)) return failed;
  const left = failed.remaining.length > 0 ? `; not tried after that: ${failed.remaining.join(', ')}` : '';
  const message = `the rollback stopped: could not ${failed.failed}: ${explain(failed.cause)}${left}`;
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
