import type { Orchestrator } from '../domain/orchestrator';
import type { ClusterPolicy } from '../domain/policy';

/** What the activities of one coordinator act with: nothing but its own cluster. */
export interface ClusterDependencies {
  orchestrator: Orchestrator;
  /** Its owner's; defaults count when absent. */
  policy?: ClusterPolicy;
}
