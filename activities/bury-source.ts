import type { ClusterDependencies } from './dependencies';

export interface BurySourceInput {
  serviceId: string;
}

/** Removes an outer container that has died, and keeps its volumes. Not one that was started again meanwhile. */
export const createBurySource =
  ({ orchestrator }: ClusterDependencies) =>
  async ({ serviceId }: BurySourceInput): Promise<{ buried: boolean }> => {
    const container = await orchestrator.find(serviceId);
    if (container?.running) return { buried: false };
    if (container) await orchestrator.remove(serviceId, { volumes: false, container: container.id });
    return { buried: true };
  };
