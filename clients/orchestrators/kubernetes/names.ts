import { createHash } from 'node:crypto';
import type { OuterSpec } from '../../../domain/service';

/** Who applies our fields (server-side apply). */
export const fieldManager = 'carryon';

export const keys = {
  managedBy: 'app.kubernetes.io/managed-by',
  name: 'app.kubernetes.io/name',
  cluster: 'carryon.io/cluster',
  service: 'carryon.io/service',
  /** `outer` on pods, `stand-in` on one of a service that is elsewhere, `engine` on the Service of its own ports, `probe` on the pod that looks at a node. */
  role: 'carryon.io/role',
  /** The specification as JSON: the API server is where the coordinator finds it again. It holds no secrets. */
  spec: 'carryon.io/spec',
  /** Label: `true` on pods that the interceptor shall rewrite. */
  migratable: 'carryon.io/migratable',
  /** Annotations of a pod: its image's ENTRYPOINT and CMD as JSON arrays, where it names no command. */
  entrypoint: 'carryon.io/entrypoint',
  command: 'carryon.io/command',
  /** Annotation of a pod: where its service moves when the pod is evicted, as the specification of a Migration without the service. */
  onEviction: 'carryon.io/on-eviction',
  /** Label of a Migration that was made for an eviction: UID of the pod. */
  evicted: 'carryon.io/evicted',
  /** Annotation of a rewritten pod: which of its containers was the user's. */
  intercepted: 'carryon.io/intercepted',
  /** Annotation of what a service has brought along from another cluster, until it has arrived: the service. */
  brought: 'carryon.io/brought',
  /** Annotation of a disruption budget: when the service was last about to move. */
  since: 'carryon.io/since',
  /** Annotation of a Deployment, StatefulSet or Job whose service is leaving or elsewhere: which one that is. */
  away: 'carryon.io/away',
} as const;

export const containerName = 'carryon';

/** A name that an object may have: the user's own where that can be one, else made from it and told apart by what it was made from. */
export function objectName(name: string): string {
  const plain = name.toLowerCase().replace(/[^a-z0-9-]+/g, '-').replace(/^[^a-z]+|-+$/g, '').slice(0, 40);
  if (plain === name) return plain;
  return `${plain || 'service'}-${createHash('sha256').update(name).digest('hex').slice(0, 6)}`;
}

export const engineServiceName = (spec: OuterSpec) => `${objectName(spec.name)}-carryon`;

export const labelsOf = (cluster: string, { id, name }: OuterSpec, role?: string): Record<string, string> => ({
  [keys.managedBy]: 'carryon',
  [keys.name]: objectName(name),
  [keys.cluster]: cluster,
  [keys.service]: id,
  ...(role !== undefined && { [keys.role]: role }),
});

/** Not by who manages it: what the interceptor rewrites stays a user's. */
export const selectorOf = (cluster: string, { service, role }: { service?: string; role?: string } = {}) =>
  [`${keys.cluster}=${cluster}`, ...(service ? [`${keys.service}=${service}`] : []), ...(role ? [`${keys.role}=${role}`] : [])].join(',');
