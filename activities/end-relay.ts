import type { EngineClient } from '../domain/engine';
import { CarryonError } from '../domain/errors';
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
    if (container?.running) await retire(orchestrator.engine(container), epoch);
  };

/** The engine decides, and from its yes on takes no ticket any more. False when it is, or is becoming, anything but a relay of this epoch. */
export async function retire(engine: EngineClient, epoch: number, owesNothing = false): Promise<boolean> {
  try {
    await engine.endRelay(epoch, { owesNothing });
    return true;
  } catch (error) {
    if (error instanceof CarryonError && error.code === 'not-relaying') return false;
    throw error;
  }
}
