import type { SyncStats } from '../domain/engine';
import { decidePreCopy } from '../domain/pre-copy';
import { on } from './coordinators';
import type { ArmedMigration } from './migration';
import { transfer } from './options';

/** Copies files again and again while the service runs, as long as that makes the freeze shorter. */
export async function preCopyUntilConverged(migration: ArmedMigration): Promise<void> {
  const passes: SyncStats[] = [];
  const from = migration.plan.from;
  for (let next = decidePreCopy(passes); next.do === 'iterate'; next = decidePreCopy(passes)) {
    const name = `files, pass ${passes.length + 1}`;
    const pass = await migration.during('pre-dump', name, () => on(from, transfer, name).syncFiles(migration.ticket));
    passes.push(pass);
    migration.sent(pass.bytes);
  }
}
