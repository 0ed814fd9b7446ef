import { CancellationScope } from '@temporalio/workflow';
import type { ArmedMigration } from './migration';
import { postCopy } from './post-copy';
import { settle } from './settle';
import { stopAndCopy } from './stop-and-copy';

/** Freeze, final dump, transfer, restore, commit. Returns only when the destination owns the service; throws only when the source does. */
export async function handOver(migration: ArmedMigration): Promise<void> {
  try {
    await (migration.plan.strategy === 'stop-and-copy' ? stopAndCopy(migration) : postCopy(migration));
  } catch (failure) {
    // A failure says that an answer is missing, not what happened: the journals know.
    const settled = await CancellationScope.nonCancellable(() => settle(migration, failure));
    if (settled === 'rolled-back') throw failure;
  }
}
