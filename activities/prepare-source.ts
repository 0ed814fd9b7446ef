import type { Ticket } from '../domain/migration';
import type { ClusterDependencies } from './dependencies';
import { findService } from './find-service';
import { withHeartbeat } from './heartbeat';

/** Arms the source: from here on its engine refuses every other migration. */
export const createPrepareSource =
  ({ orchestrator }: ClusterDependencies) =>
  async (ticket: Ticket): Promise<void> => {
    const { engine } = await findService(orchestrator, ticket.service);
    await orchestrator.leaving(ticket.service, ticket.epoch);
    await withHeartbeat(engine.prepare({ ticket, role: 'source' }));
  };
