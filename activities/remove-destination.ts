import type { JournalState } from '../domain/service';
import type { ClusterDependencies } from './dependencies';

export interface RemoveDestinationInput {
  serviceId: string;
  /** The volumes were made for this migration too. */
  volumes: boolean;
  /** It may have got a ticket since its engine was last heard. */
  armed: boolean;
}

export interface RemoveDestinationResult {
  /** Why it was left, where somebody should know. */
  left?: string;
}

/** Only what holds nothing is removed; a running, relaying or newly armed outer container belongs to somebody else by now. One that was made on the volumes of a former source says `retired`. */
const empty: readonly JournalState[] = ['absent', 'discarded', 'retired'];

/** Undo of deploying the destination. */
export const createRemoveDestination =
  ({ orchestrator }: ClusterDependencies) =>
  async ({ serviceId, volumes, armed }: RemoveDestinationInput): Promise<RemoveDestinationResult> => {
    const container = await orchestrator.find(serviceId);
    if (!container) return {};
    if (container.running) {
      const { state, epoch } = await orchestrator.engine(container).status();
      if (!empty.includes(state)) return { left: `it is ${state} in epoch ${epoch}` };
    } else if (armed) {
      // Its journal may say anything up to running, and cannot be asked; when it starts again its engine asks the source.
      return { left: 'it is stopped, so its journal cannot be asked' };
    }
    await orchestrator.remove(serviceId, { volumes, container: container.id, brought: true });
    return {};
  };
