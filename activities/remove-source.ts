import type { JournalState } from '../domain/service';
import type { ClusterDependencies } from './dependencies';
import type { RelayInput } from './end-relay';

export interface RemoveSourceInput extends RelayInput {
  /** The pages that it owes by its journal are not needed any more. */
  owesNothing?: boolean;
}

export interface RemoveSourceResult {
  removed: boolean;
  why: string;
}

const left: readonly JournalState[] = ['relaying', 'retired'];

/** Removes the former source's outer container and keeps its volumes; leaves it alone when it has become anything else. */
export const createRemoveSource =
  ({ orchestrator }: ClusterDependencies) =>
  async ({ serviceId, epoch, owesNothing = false }: RemoveSourceInput): Promise<RemoveSourceResult> => {
    const container = await orchestrator.find(serviceId);
    if (!container) return { removed: false, why: 'it is gone already' };
    if (!container.running) return { removed: false, why: 'it is stopped, so its journal cannot be asked' };
    const { state, epoch: current } = await orchestrator.engine(container).status();
    const over = left.includes(state) || (owesNothing && state === 'owing');
    if (current !== epoch || !over) return { removed: false, why: `it is ${state} in epoch ${current}` };
    await orchestrator.remove(serviceId, { volumes: false, container: container.id });
    return { removed: true, why: `its relay of epoch ${epoch} has ended` };
  };
