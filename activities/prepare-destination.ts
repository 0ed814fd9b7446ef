import type { Ticket } from '../domain/migration';
import type { ClusterDependencies } from './dependencies';
import { findService } from './find-service';
import { withHeartbeat } from './heartbeat';

/** Arms the destination: image, sandbox, tunnel and fence stand when it resolves. */
export const createPrepareDestination =
  ({ orchestrator }: ClusterDependencies) =>
  async (ticket: Ticket): Promise<void> => {
    const { engine } = await findService(orchestrator, ticket.service);
    await withHeartbeat(engine.prepare({ ticket, role: 'destination' }));
  };
