import { UnavailableError } from '../domain/errors';
import type { Reach, Ticket } from '../domain/migration';
import type { PortMapping } from '../domain/service';
import type { ClusterDependencies } from './dependencies';
import { findService } from './find-service';

export interface ConfirmArrivalResult {
  reach: Reach;
  ports: PortMapping[];
  /** The service waits for pages that cannot be reached at the moment. */
  waiting: boolean;
}

/** Where new clients find the service now. Retried until the destination's engine itself says that it owns this epoch. */
export const createConfirmArrival =
  ({ orchestrator }: ClusterDependencies) =>
  async ({ service, epoch }: Pick<Ticket, 'service' | 'epoch'>): Promise<ConfirmArrivalResult> => {
    const { container, engine } = await findService(orchestrator, service);
    const status = await engine.status();
    const waiting = status.state === 'waiting';
    if (status.epoch < epoch || (status.epoch === epoch && status.state !== 'running' && !waiting)) {
      throw new UnavailableError('not-arrived', `the destination's journal says ${status.state} (epoch ${status.epoch})`, {
        phase: 'cutover',
        cluster: orchestrator.cluster,
      });
    }
    await orchestrator.here(service, epoch);
    return { reach: container.reach, ports: container.spec.ports, waiting };
  };
