import type { V1ObjectMeta, V1PersistentVolumeClaim, V1PodTemplateSpec, V1Service } from '@kubernetes/client-node';
import { z } from 'zod';
import { deployedKinds } from '../../../../domain/deployed';
import { keys } from '../names';
import type { Owner } from '../owner';

const metadata = z.object({ name: z.string().min(1), labels: z.record(z.string(), z.string()).optional(), annotations: z.record(z.string(), z.string()).optional() });

/** What goes with a service from one cluster of Kubernetes to another: what a user would write there to have the same. */
export const manifestsSchema = z.object({
  kind: z.enum(deployedKinds),
  metadata,
  spec: z.looseObject({}),
  /** Of the pod among those of a StatefulSet or an indexed Job. */
  index: z.number().int().optional(),
  /** Who writes the object's template; its `kubectl apply` shall go on. */
  manager: z.object({ name: z.string().min(1), applies: z.boolean() }),
  services: z.array(z.object({ metadata, spec: z.looseObject({}) })),
  claims: z.array(z.object({ name: z.string().min(1), accessModes: z.array(z.string()), storage: z.string() })),
});
export type Manifests = z.output<typeof manifestsSchema>;

export const apiVersions = { Deployment: 'apps/v1', StatefulSet: 'apps/v1', Job: 'batch/v1' } as const;

/** Written by controllers and by carryon, about this cluster. */
const notTaken = [keys.away, keys.brought, 'deployment.kubernetes.io/revision', 'batch.kubernetes.io/job-tracking'];
/** A Job's own names for its pods: those of another one are others. */
const ofJobs = ['controller-uid', 'job-name', 'batch.kubernetes.io/controller-uid', 'batch.kubernetes.io/job-name'];

export function manifestsOf({ kind, object }: Owner, index: number | undefined, services: V1Service[], claims: V1PersistentVolumeClaim[]): Manifests {
  const template = object.spec?.template;
  return {
    kind,
    metadata: plain(object.metadata),
    spec: (kind === 'Job' ? jobSpec(object.spec) : { ...object.spec }) as Manifests['spec'],
    ...(index !== undefined && { index }),
    manager: managerOf(object.metadata),
    services: services.filter((service) => selects(service, template)).map((service) => ({ metadata: plain(service.metadata), spec: serviceSpec(service) })),
    claims: claims.filter(({ metadata: { name } = {} }) => claimed(template).includes(name ?? '')).map(({ metadata: { name = '' } = {}, spec, status }) => ({
      name,
      accessModes: spec?.accessModes ?? ['ReadWriteOnce'],
      storage: status?.capacity?.['storage'] ?? spec?.resources?.requests?.['storage'] ?? '1Gi',
    })),
  };
}

const omit = <T extends object>(given: T | undefined, names: readonly string[]) => Object.fromEntries(Object.entries(given ?? {}).filter(([name]) => !names.includes(name)));

const plain = ({ name = '', labels, annotations }: V1ObjectMeta = {}): Manifests['metadata'] => ({
  name,
  ...(labels && { labels }),
  ...(annotations && { annotations: omit(annotations, notTaken) as Record<string, string> }),
});

function jobSpec(spec: object | undefined): object {
  const template = (spec as { template?: V1PodTemplateSpec } | undefined)?.template;
  return { ...omit(spec, ['selector', 'manualSelector']), template: { ...template, metadata: { ...template?.metadata, labels: omit(template?.metadata?.labels, ofJobs) } } };
}

const claimed = (template?: V1PodTemplateSpec) => (template?.spec?.volumes ?? []).flatMap(({ persistentVolumeClaim }) => (persistentVolumeClaim ? [persistentVolumeClaim.claimName] : []));

/** A Service of a user, through which the pods of this template are reached. */
function selects({ metadata: { labels } = {}, spec }: V1Service, template?: V1PodTemplateSpec): boolean {
  const wanted = Object.entries(spec?.selector ?? {});
  return labels?.[keys.managedBy] !== 'carryon' && wanted.length > 0 && wanted.every(([name, value]) => template?.metadata?.labels?.[name] === value);
}

/** Addresses are each cluster's own. */
function serviceSpec({ spec }: V1Service): Manifests['services'][number]['spec'] {
  const rest = omit(spec, ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'externalIPs', 'loadBalancerIP', 'loadBalancerClass', 'healthCheckNodePort', 'allocateLoadBalancerNodePorts']);
  return { ...rest, ...(spec?.clusterIP === 'None' && { clusterIP: 'None' }) };
}

/** Who has the template by its managed fields; kubectl where that is not told. */
function managerOf(given?: V1ObjectMeta): Manifests['manager'] {
  const entries = (given?.managedFields ?? []).filter(({ fieldsV1, subresource }) => !subresource && (fieldsV1 as { 'f:spec'?: Record<string, unknown> } | undefined)?.['f:spec']?.['f:template'] !== undefined);
  const writer = entries.find(({ operation }) => operation === 'Apply') ?? entries[0];
  return { name: writer?.manager ?? 'kubectl-client-side-apply', applies: writer?.operation === 'Apply' };
}
