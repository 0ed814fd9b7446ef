import type { ClusterConfig } from '../clients/config';
import type { ClusterPolicy } from '../domain/policy';

/** What the owner of a cluster has written about migrations. */
export const policyOf = ({ safety, limits, hooks }: ClusterConfig): ClusterPolicy => ({ safety, limits, ...(hooks && hooks.cutover.length > 0 && { hooks: true }) });
