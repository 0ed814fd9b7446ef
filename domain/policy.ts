import type { Safety } from './safety';

/** How much of a cluster migrations may take at a time. */
export interface Limits {
  /** Migrations to it, and from it, that are under way at once; more wait in the queue. */
  migrationsIn: number;
  migrationsOut: number;
  /** What all migrations together may send in either direction before the freeze, bytes per second; no limit when absent. */
  bandwidth?: number;
}

/** What the owner of a cluster has decided about migrations from and to it. Its coordinator tells it; nobody else knows it. */
export interface ClusterPolicy {
  safety: Safety;
  limits: Limits;
  /** Its coordinator has hooks to run when a service has moved; which is told to nobody. */
  hooks?: true;
}

export const defaultLimits: Limits = { migrationsIn: 2, migrationsOut: 2 };
export const defaultPolicy: ClusterPolicy = { safety: 'normal', limits: defaultLimits };

/**
 * One migration's share, so that as many as are allowed at once keep within both clusters' limits though nobody counts their bytes together.
 * Undefined: no limit.
 */
export function bandwidthShare({ limits: from }: ClusterPolicy, { limits: to }: ClusterPolicy): number | undefined {
  const shares = [from.bandwidth && from.bandwidth / from.migrationsOut, to.bandwidth && to.bandwidth / to.migrationsIn].filter((share) => share !== undefined);
  return shares.length === 0 ? undefined : Math.max(1, Math.floor(Math.min(...shares)));
}
