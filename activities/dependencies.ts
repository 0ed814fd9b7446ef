import type { Orchestrator } from '../domain/orchestrator';

/** What the activities of one coordinator act with: nothing but its own cluster. */
export interface ClusterDependencies {
  orchestrator: Orchestrator;
}
