import type { ServiceFacts } from '../domain/migration';
import { outerSpecOf } from '../domain/outer-spec';
import type { ClusterDependencies } from './dependencies';
import { findService } from './find-service';

export interface InspectSourceInput {
  serviceId: string;
}

export const createInspectSource =
  ({ orchestrator, policy }: ClusterDependencies) =>
  async ({ serviceId }: InspectSourceInput): Promise<ServiceFacts> => {
    const { container, engine } = await findService(orchestrator, serviceId);
    const [facts, deployed] = await Promise.all([engine.inspect(), orchestrator.deployed?.of(container.service.id)]);
    const { stopSignal } = container.spec;
    return { ...facts, spec: outerSpecOf({ ...facts.spec, ...(stopSignal !== undefined && { stopSignal }) }), ...(policy && { policy }), ...(deployed && { deployed }) };
  };
