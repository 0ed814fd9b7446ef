import type { ServiceFacts } from '../domain/migration';
import type { ClusterDependencies } from './dependencies';
import { findService } from './find-service';

export interface InspectSourceInput {
  serviceId: string;
}

export const createInspectSource =
  ({ orchestrator }: ClusterDependencies) =>
  async ({ serviceId }: InspectSourceInput): Promise<ServiceFacts> => {
    const { engine } = await findService(orchestrator, serviceId);
    return engine.inspect();
  };
