import type { CutoverHook, RunHook } from '../domain/cutover';
import type { Orchestrator } from '../domain/orchestrator';
import type { ClusterPolicy } from '../domain/policy';

/** What the activities of one coordinator act with: nothing but its own cluster. */
export interface ClusterDependencies {
  orchestrator: Orchestrator;
  /** Its owner's; defaults count when absent. */
  policy?: ClusterPolicy;
  /** What its owner has run when a service has moved, and how. */
  cutover?: { hooks: CutoverHook[]; run: RunHook };
}
