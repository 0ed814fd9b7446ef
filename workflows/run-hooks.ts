import { patched, workflowInfo } from '@temporalio/workflow';
import type { CutoverNews } from '../domain/cutover';
import { on } from './coordinators';
import { explain } from './failures';
import type { ArmedMigration } from './migration';
import { hookOptions } from './options';
import { giveSlot } from './slot';

/** Both clusters' own, the destination's first: it is there before it has left. Nothing that they do can undo the migration; a failure is a warning in its report. */
export async function runHooks(migration: ArmedMigration): Promise<void> {
  const { plan, hooked } = migration;
  const clusters = [plan.to, plan.from].filter((cluster) => hooked.has(cluster));
  if (clusters.length === 0 || !patched('cutover-hooks')) return;
  // The service has moved: others need not wait for what an owner does about it.
  await giveSlot(migration);
  for (const cluster of clusters) await migration.during('finish', `hooks of ${cluster}`, () => runHooksAt(migration, cluster));
}

async function runHooksAt(migration: ArmedMigration, cluster: string): Promise<void> {
  try {
    const { failures } = await on(cluster, hookOptions, 'run the hooks of the cutover').runCutoverHooks(newsFor(migration, cluster));
    failures.forEach((failure) => migration.warn('cutover-hook-failed', `A hook of ${cluster} failed: ${failure}.`));
  } catch (failure) {
    migration.warn('cutover-hook-failed', `Nobody knows whether the hooks of ${cluster} have run: ${explain(failure)}.`);
  }
}

function newsFor({ plan, ticket }: ArmedMigration, cluster: string): CutoverNews {
  const { source, destination } = ticket;
  return {
    event: cluster === plan.to ? 'arrived' : 'left',
    service: { id: plan.service.id, name: plan.service.name },
    source: { cluster: source.cluster, host: source.reach.host },
    destination: { cluster: destination.cluster, host: destination.reach.host },
    ports: plan.service.ports,
    epoch: ticket.epoch,
    workflowId: workflowInfo().workflowId,
  };
}
