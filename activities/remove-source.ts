import type { ClusterDependencies } from './dependencies';
import { retire, type RelayInput } from './end-relay';

export interface RemoveSourceInput extends RelayInput {
  /** The pages that it owes by its journal are not needed any more. */
  owesNothing?: boolean;
}

export interface RemoveSourceResult {
  removed: boolean;
  why: string;
}

/**
 * Removes the former source's outer container and keeps its volumes; leaves it alone when it has become anything else. The engine is asked
 * right before, whatever it said earlier: another container may stand there by now, and only one that has been told takes no ticket.
 */
export const createRemoveSource =
  ({ orchestrator }: ClusterDependencies) =>
  async ({ serviceId, epoch, owesNothing }: RemoveSourceInput): Promise<RemoveSourceResult> => {
    const container = await orchestrator.find(serviceId);
    if (!container) return { removed: false, why: 'it is gone already' };
    if (!container.running) return { removed: false, why: 'it is stopped, so its journal cannot be asked' };
    const engine = orchestrator.engine(container);
    if (!(await retire(engine, epoch, owesNothing))) {
      const { state, epoch: current } = await engine.status();
      return { removed: false, why: `it is ${state} in epoch ${current}` };
    }
    await orchestrator.remove(serviceId, { volumes: false, container: container.id });
    return { removed: true, why: `its relay of epoch ${epoch} has ended` };
  };
