import type { JournalState } from '../domain/service';
import type { ClusterDependencies } from './dependencies';

export interface RemoveDestinationInput {
  serviceId: string;
  /** The volumes were made for this migration too. */
  volumes: boolean;
}

/** Only what holds nothing is removed; a running, relaying or newly armed outer container belongs to somebody else by now. */
const empty: readonly JournalState[] = ['absent', 'discarded'];

/** Undo of deploying the destination. */
export const createRemoveDestination =
  ({ orchestrator }: ClusterDependencies) =>
  async ({ serviceId, volumes }: RemoveDestinationInput): Promise<void> => {
    const container = await orchestrator.find(serviceId);
    if (!container) return;
    if (container.running) {
      const { state } = await orchestrator.engine(container).status();
      if (!empty.includes(state)) return;
    }
    await orchestrator.remove(serviceId, { volumes });
  };
