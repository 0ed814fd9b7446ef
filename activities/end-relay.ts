import type { ClusterDependencies } from './dependencies';

export interface RelayInput {
  serviceId: string;
  /** The epoch that was handed over; a newer one means that the service came back. */
  epoch: number;
}

/** Ends the connections that still enter at the former source. */
export const createEndRelay =
  ({ orchestrator }: ClusterDependencies) =>
  async ({ serviceId, epoch }: RelayInput): Promise<void> => {
    const container = await orchestrator.find(serviceId);
    if (!container?.running) return;
    const engine = orchestrator.engine(container);
    const status = await engine.status();
    if (status.epoch === epoch && status.state === 'relaying') await engine.endRelay(epoch);
  };
