import { RefusedError } from '../domain/errors';
import type { EngineClient } from '../domain/engine';
import type { Orchestrator, OuterContainer } from '../domain/orchestrator';

export interface Found {
  container: OuterContainer;
  engine: EngineClient;
}

/** The outer container of a service that has to be in this cluster. */
export async function findService(orchestrator: Orchestrator, service: string): Promise<Found> {
  const container = await orchestrator.find(service);
  if (container) return { container, engine: orchestrator.engine(container) };
  throw new RefusedError('service-not-found', `${orchestrator.cluster} has no outer container for service ${service}`, {
    cluster: orchestrator.cluster,
    next: 'Look where it is with `carryon ps`.',
  });
}
