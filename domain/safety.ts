export const safetyLevels = ['normal', 'strict'] as const;
/** `strict`: nothing of the service's memory may lie at the source after the commit. */
export type Safety = (typeof safetyLevels)[number];

export interface SafetyWishes {
  /** Of the request. */
  asked: Safety;
  /** Clusters of the migration with the default that each has in its carryon.yaml. */
  clusters: readonly { id: string; safety: Safety }[];
}

export interface DecidedSafety {
  safety: Safety;
  /** Who wants it strict; absent when nobody does. */
  by?: string;
}

/** The stricter of all wishes. What a cluster wants protects what it holds, so a request cannot loosen it. */
export function decideSafety({ asked, clusters }: SafetyWishes): DecidedSafety {
  const strict = clusters.filter(({ safety }) => safety === 'strict').map(({ id }) => id);
  if (strict.length > 0) return { safety: 'strict', by: `set at ${strict.join(' and ')}; a request cannot loosen it` };
  return asked === 'strict' ? { safety: 'strict', by: 'asked for' } : { safety: 'normal' };
}
