import type { Sighting } from '../domain/sighting';
import type { ClusterDependencies } from './dependencies';

export interface LocateServiceInput {
  /** UUID or name. */
  service: string;
}

/** What this cluster knows of a service; null when it has never seen it. */
export const createLocateService =
  ({ orchestrator }: ClusterDependencies) =>
  async ({ service }: LocateServiceInput): Promise<Sighting | null> => {
    const container = await orchestrator.find(service);
    if (!container) return null;
    const { cluster } = orchestrator;
    if (!container.running) {
      // A stopped outer container has no engine to ask; what its journal says counts when it starts again.
      return { cluster, service: container.service, state: 'absent', epoch: 0, running: false, stopped: true, relayedConnections: 0 };
    }
    const status = await orchestrator.engine(container).status();
    return {
      cluster,
      service: container.service,
      state: status.state,
      epoch: status.epoch,
      running: status.running,
      relayedConnections: status.relayedConnections,
      ...(status.relayForgot && { relayForgot: true }),
      ...(status.relaysFor !== undefined && { relaysFor: status.relaysFor }),
      ...(status.holder && { holder: status.holder }),
      ...(status.migration && { migration: status.migration.id }),
    };
  };
