import type { ClusterDependencies } from './dependencies';

export interface SealDeployedInput {
  serviceId: string;
  /** Public key of the destination's coordinators, as `arrival` told it. */
  sealFor: string;
}

export interface SealDeployedResult {
  /** Nobody else can read it. Absent when its user's object has gone. */
  sealed?: string;
}

/** What the user has deployed at the source, for the destination. */
export const createSealDeployed =
  ({ orchestrator }: ClusterDependencies) =>
  async ({ serviceId, sealFor }: SealDeployedInput): Promise<SealDeployedResult> => {
    const sealed = await orchestrator.deployed?.seal(serviceId, sealFor);
    return sealed === undefined ? {} : { sealed };
  };
