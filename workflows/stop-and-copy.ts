import type { DriverVerb, StepResult } from '../domain/engine';
import type { Phase } from '../domain/phases';
import { on } from './coordinators';
import type { ArmedMigration } from './migration';
import { commit, frozen } from './options';
import { requireCommitted } from './require-committed';

/** Each step an activity of its own. The dump lies digested on both disks before the commit. */
const steps = ['freeze', 'final-dump', 'transfer', 'restore'] as const satisfies (DriverVerb & Phase)[];

/** The source's driver drives all verbs; those at the destination go through its control connection. */
export async function stopAndCopy(migration: ArmedMigration): Promise<void> {
  const { ticket, plan } = migration;
  const run = (verb: (typeof steps)[number] | 'commit', options: typeof frozen | typeof commit): Promise<StepResult> =>
    migration.during(verb, verb, () => on(plan.from, options, verb).step({ ticket, verb }));
  migration.freezes();
  for (const verb of steps) {
    const { bytes, events } = await run(verb, frozen);
    migration.learn(events);
    if (bytes !== undefined && verb === 'transfer') migration.sent(bytes);
  }
  const result = await run('commit', commit);
  requireCommitted(result);
  migration.commits({ ...result, bytes: undefined });
}
