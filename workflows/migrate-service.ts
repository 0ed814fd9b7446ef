import type { MigrationReport, MigrationRequest } from '../domain/migration';
import { UndoStack } from '../domain/undo-stack';
import { answerAll, begin } from './begin';
import { refused } from './failures';
import { finishForward } from './finish-forward';
import { handOver } from './hand-over';
import { armed, type Migration } from './migration';
import { makePlan, type Planned } from './plan';
import { preCopyUntilConverged } from './pre-copy';
import { prepare } from './prepare';
import { rollBack } from './roll-back';
import { giveSlot, takeSlot, takeTurn } from './slot';

/** Moves a running service to another cluster. Fails with `Refused`, `RolledBack`, `RollbackFailed` or `NeedsHuman`, each with a report. */
export async function migrateService(request: MigrationRequest): Promise<MigrationReport> {
  const migration = begin(request);
  try {
    return await migrate(migration);
  } finally {
    await giveSlot(migration);
  }
}

async function migrate(migration: Migration): Promise<MigrationReport> {
  const undo = new UndoStack();
  try {
    await migration.abortable.run(async () => {
      await takeTurn(migration);
      const planned = await takeSlot(migration, await plan(migration), () => plan(migration));
      await prepare(migration, planned, undo);
      await preCopyUntilConverged(armed(migration));
      await handOver(armed(migration));
    });
  } catch (failure) {
    const end = await rollBack(migration, undo, failure);
    await answerAll();
    throw end;
  }
  const remark = await finishForward(armed(migration));
  const report = migration.end('committed', remark);
  await answerAll();
  return report as MigrationReport;
}

async function plan(migration: Migration): Promise<Planned> {
  const planned = await makePlan(migration.request);
  migration.searchable = planned.deployment.searchAttributes;
  migration.accept(planned.plan);
  const { source, destination } = planned.facts;
  migration.hooked.clear();
  if (source.policy?.hooks) migration.hooked.add(planned.plan.from);
  if (destination.policy?.hooks) migration.hooked.add(planned.plan.to);
  if (planned.plan.refusals.length > 0) throw refused(planned.plan.refusals);
  return planned;
}
