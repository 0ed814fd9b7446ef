import type { DestinationFacts } from '../domain/migration';
import type { ClusterDependencies } from './dependencies';

export interface InspectDestinationInput {
  serviceId: string;
}

export const createInspectDestination =
  ({ orchestrator, policy }: ClusterDependencies) =>
  async ({ serviceId }: InspectDestinationInput): Promise<DestinationFacts> => {
    const [container, ports, host, arrival] = await Promise.all([orchestrator.find(serviceId), orchestrator.portsInUse(), orchestrator.host(), orchestrator.deployed?.arrival()]);
    const status = container?.running ? await orchestrator.engine(container).status() : undefined;
    // A relay of this very service holds its ports already: it becomes the destination.
    const own = container ? [container.id, serviceId, container.service.name] : [];
    return {
      cluster: orchestrator.cluster,
      host: status ? { ...status.host, freeMemoryBytes: host.freeMemoryBytes, freeDiskBytes: host.freeDiskBytes } : host,
      portsInUse: ports.filter(({ by }) => !own.includes(by)).map(({ port, protocol }) => ({ port, protocol })),
      ...(container && { existing: { state: status?.state ?? 'absent', epoch: status?.epoch ?? 0, container: container.id } }),
      // An engine that was part of a migration has unpacked the image in its cluster's shared store. Elsewhere: not known, so room for it is asked for.
      imagePresent: (status?.epoch ?? 0) > 0,
      ...(policy && { policy }),
      ...(arrival && { arrival }),
    };
  };
