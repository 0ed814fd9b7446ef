import type { ClusterDependencies } from './dependencies';

export interface BurySourceInput {
  serviceId: string;
  /** The orchestrator's id of the one that was certified to be dead. */
  container: string;
}

/** Removes an outer container that has died, and keeps its volumes. Not one that was started again meanwhile, or that was made anew. */
export const createBurySource =
  ({ orchestrator }: ClusterDependencies) =>
  async ({ serviceId, container: certified }: BurySourceInput): Promise<{ buried: boolean }> => {
    const container = await orchestrator.find(serviceId);
    if (!container) return { buried: true };
    if (container.id !== certified || !(await orchestrator.isDead(container))) return { buried: false };
    await orchestrator.remove(serviceId, { volumes: false, container: certified });
    return { buried: true };
  };
