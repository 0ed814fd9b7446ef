import type { TicketPeer } from '../domain/migration';
import type { ClusterDependencies } from './dependencies';
import { findService } from './find-service';

export interface PeerFactsInput {
  serviceId: string;
}

/** What the other side must know to reach and to trust this engine; public keys and certificates only. */
export const createPeerFacts =
  ({ orchestrator }: ClusterDependencies) =>
  async ({ serviceId }: PeerFactsInput): Promise<TicketPeer> => {
    const { container, engine } = await findService(orchestrator, serviceId);
    const [{ tunnelKey }, ca] = await Promise.all([engine.status(), orchestrator.certificateAuthority()]);
    return { cluster: orchestrator.cluster, reach: container.reach, ca, tunnelKey };
  };
