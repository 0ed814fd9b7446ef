import type { Safety } from './safety';

/** What the owner of a cluster has decided about migrations from and to it. Its coordinator tells it; nobody else knows it. */
export interface ClusterPolicy {
  safety: Safety;
}

export const defaultPolicy: ClusterPolicy = { safety: 'normal' };
