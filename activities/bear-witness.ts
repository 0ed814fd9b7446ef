import type { Orchestrator, OuterContainer } from '../domain/orchestrator';
import type { Witness } from '../domain/resolution';
import type { ClusterDependencies } from './dependencies';

export interface BearWitnessInput {
  /** Name or UUID of the service, or the id of its newest migration. */
  service: string;
}

/** What this cluster has of the service, for whoever decides where it goes on. Fails where its engine does not answer: that is no answer either. */
export const createBearWitness =
  ({ orchestrator }: ClusterDependencies) =>
  async ({ service: wanted }: BearWitnessInput): Promise<Witness> => {
    const { cluster } = orchestrator;
    const container = (await orchestrator.find(wanted)) ?? (await findByMigration(orchestrator, wanted));
    if (!container) return { cluster, says: 'gone' };
    const { service } = container;
    if (!container.running) return { cluster, says: 'stopped', service };
    const engine = orchestrator.engine(container);
    const { state, epoch, running, asks = false, dumpUnusable } = await engine.status();
    const last = await engine.migration();
    return {
      cluster,
      says: 'here',
      service,
      state,
      epoch,
      alive: running,
      asks,
      ...(dumpUnusable && { dumpUnusable }),
      ...(last?.peer !== undefined && { ticket: { migration: last.migration, epoch: last.epoch, role: last.role, peer: last.peer } }),
    };
  };

/** Ids of migrations are UUIDs, as those of services; engines that do not answer are not looked at. */
async function findByMigration(orchestrator: Orchestrator, migration: string): Promise<OuterContainer | undefined> {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(migration)) return undefined;
  for (const container of await orchestrator.list()) {
    if (!container.running) continue;
    const last = await orchestrator.engine(container).migration().catch(() => undefined);
    if (last?.migration === migration) return container;
  }
  return undefined;
}
