import { CarryonError, UnavailableError } from '../domain/errors';
import type { HostFacts } from '../domain/migration';
import type { Orchestrator, OuterContainer } from '../domain/orchestrator';
import type { JournalState, OuterSpec } from '../domain/service';
import type { ClusterDependencies } from './dependencies';
import { withHeartbeat } from './heartbeat';
import { seeOffRetired } from './see-off-retired';

export interface DeployDestinationInput {
  service: OuterSpec;
  /** Sealed for this coordinator: what is to be made here if nothing of the service is. */
  deployed?: string;
}

export interface DeployDestinationResult {
  state: JournalState;
  epoch: number;
  /** As the engine sees it from inside the outer container: truer than what the orchestrator told the plan. */
  host: HostFacts;
  /** The orchestrator's id of the outer container. */
  container?: string;
}

/** Between this and the ticket nothing is to be done but to ask for addresses; after it the engine may be retired again. */
const staysForMs = 5 * 60_000;

/** Makes the outer container, or finds it; nothing of the service is in it yet. A relay stays until the ticket comes; one that is just being removed is waited for. */
export const createDeployDestination =
  ({ orchestrator }: ClusterDependencies) =>
  (input: DeployDestinationInput): Promise<DeployDestinationResult> =>
    withHeartbeat(deploy(orchestrator, input));

async function deploy(orchestrator: Orchestrator, { service, deployed }: DeployDestinationInput): Promise<DeployDestinationResult> {
  await seeOffRetired(orchestrator, service.id);
  const container = await orchestrator.deploy(service, { arrives: true, ...(deployed !== undefined && { deployed }) });
  await keep(orchestrator, container);
  const { state, epoch, host } = await orchestrator.engine(container).status();
  return { state, epoch, host, container: container.id };
}

async function keep(orchestrator: Orchestrator, container: OuterContainer): Promise<void> {
  try {
    await orchestrator.engine(container).stay(staysForMs);
  } catch (error) {
    if (!(error instanceof CarryonError) || error.code !== 'retired') throw error;
    throw new UnavailableError('retired', error.message, { phase: 'prepare', cluster: orchestrator.cluster, next: error.next, cause: error });
  }
}
