import type { ClusterDependencies } from './dependencies';

export interface RemoveStrandedInput {
  serviceId: string;
  /** In which it arrived. */
  epoch: number;
}

/** The orchestrator may take its time. */
const removalMs = 120_000;

/** Removes the outer container of a service that stands still before pages which nobody fetches, and keeps its volumes. What goes on, or is another's by now, is left; it has no way back to running by itself. */
export const createRemoveStranded =
  ({ orchestrator }: ClusterDependencies) =>
  async ({ serviceId, epoch }: RemoveStrandedInput): Promise<{ removed: boolean }> => {
    const container = await orchestrator.find(serviceId);
    if (!container) return { removed: true };
    if (!container.running) return { removed: false };
    const engine = orchestrator.engine(container);
    const { stranded, epoch: current } = await engine.status();
    if (!stranded || current !== epoch) return { removed: false };
    await engine.hold('rm', removalMs, { force: true });
    await orchestrator.remove(serviceId, { volumes: false, container: container.id });
    return { removed: true };
  };
