import type { HostFacts } from '../domain/migration';
import type { JournalState, OuterSpec } from '../domain/service';
import type { ClusterDependencies } from './dependencies';
import { withHeartbeat } from './heartbeat';

export interface DeployDestinationInput {
  service: OuterSpec;
}

export interface DeployDestinationResult {
  state: JournalState;
  epoch: number;
  /** As the engine sees it from inside the outer container: truer than what the orchestrator told the plan. */
  host: HostFacts;
}

/** Makes the outer container, or finds it; nothing of the service is in it yet. */
export const createDeployDestination =
  ({ orchestrator }: ClusterDependencies) =>
  async ({ service }: DeployDestinationInput): Promise<DeployDestinationResult> => {
    const container = await withHeartbeat(orchestrator.deploy(service));
    const { state, epoch, host } = await orchestrator.engine(container).status();
    return { state, epoch, host };
  };
