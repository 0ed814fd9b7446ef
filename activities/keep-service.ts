import type { KeepRequest, Kept } from '../domain/engine';
import type { ClusterDependencies } from './dependencies';
import { findService } from './find-service';

export interface KeepServiceInput extends KeepRequest {
  serviceId: string;
}

/** The service goes on at this side. Called only when everybody else was asked. */
export const createKeepService =
  ({ orchestrator }: ClusterDependencies) =>
  async ({ serviceId, ...request }: KeepServiceInput): Promise<{ kept: Kept }> => {
    const { engine } = await findService(orchestrator, serviceId);
    const kept = await engine.keep(request);
    await orchestrator.here(serviceId, (await engine.status()).epoch);
    return kept;
  };
