import { on } from './coordinators';
import type { ArmedMigration } from './migration';
import { commit } from './options';
import { requireCommitted } from './require-committed';

/** The whole critical section in one activity: the steps run engine to engine. Their timeline comes back with the result. */
export async function postCopy(migration: ArmedMigration): Promise<void> {
  const { ticket, plan } = migration;
  migration.freezes();
  const result = await migration.during('commit', 'handoff: freeze, final dump, transfer, restore, commit', () =>
    on(plan.from, commit, 'handoff').step({ ticket, verb: 'handoff' }),
  );
  requireCommitted(result);
  migration.commits(result);
}
