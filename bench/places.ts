/** Kinds of clusters that migrations are measured between. */
export const kinds = ['docker', 'kubernetes', 'k3s'] as const;
export type Kind = (typeof kinds)[number];

/** Ids of the clusters of each kind. */
const places = { docker: ['edge', 'cloud'], kubernetes: ['east', 'west'], k3s: ['lite'] } as const satisfies Record<Kind, readonly string[]>;

export const ofDocker = places.docker;

/** Two clusters of these kinds that are not the same. */
export function pairOf([from, to]: readonly [Kind, Kind]): readonly [string, string] {
  const [first] = places[from];
  const second = places[to].find((id) => id !== first);
  if (!second) throw new RangeError(`there is one cluster of the kind ${to} only`);
  return [first, second];
}

/** What has to run for these two, beside the daemons of the peer. */
export const neededFor = (pair: readonly string[]) => ({
  kubernetes: places.kubernetes.filter((id) => pair.includes(id)),
  k3s: places.k3s.filter((id) => pair.includes(id)),
});

/** Where `carryon run` can start what is to be in this cluster. */
export const birthplace = (cluster: string): string => (ofDocker.some((id) => id === cluster) ? cluster : ofDocker[0]);
