import type { ClusterDependencies } from './dependencies';
import type { RelayInput } from './end-relay';

/** The destination needs no page of what is frozen here, as was seen there. One that does not run now is asked again when it does. */
export const createForgetDebt =
  ({ orchestrator }: ClusterDependencies) =>
  async ({ serviceId, epoch }: RelayInput): Promise<void> => {
    const container = await orchestrator.find(serviceId);
    if (container?.running) await orchestrator.engine(container).forgetDebt(epoch);
  };
