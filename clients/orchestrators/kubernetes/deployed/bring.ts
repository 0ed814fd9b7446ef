import { PatchStrategy, type KubernetesObject, type V1PersistentVolumeClaim } from '@kubernetes/client-node';
import { RefusedError, UnavailableError } from '../../../../domain/errors';
import type { OuterSpec } from '../../../../domain/service';
import { ensureClaims } from '../claims';
import type { KubernetesClients } from '../context';
import { asking, serverWords } from '../failure';
import { metadataOf } from '../metadata-of';
import { keys, labelsOf } from '../names';
import { nodePortsInUse } from '../ports';
import { refuseHarm } from './harm';
import { apiVersions, manifestsSchema, type Manifests } from './manifests';

/**
 * What the user has deployed at the source is made here as well: wanted by nobody yet, and with the record that its service is elsewhere, so that its first pod stands in.
 * What is there already for this service is left as it is.
 */
export async function bring(context: KubernetesClients, spec: OuterSpec, text: string): Promise<void> {
  const manifests = manifestsSchema.parse(JSON.parse(text));
  refuseHarm(context.config.id, manifests);
  if (await isThere(context, spec, manifests)) return;
  await ensureClaims(context, spec, manifests.claims.map((one) => claimOf(context, spec, one)), { existing: 'refuse', arrives: true });
  for (const service of manifests.services) await makeService(context, spec, service, manifests.manager);
  // Last: once it is there, all is.
  await make(context, workload(context, spec, manifests), manifests.manager, `make the ${manifests.kind} ${manifests.metadata.name}`);
}

const claimOf = ({ config, namespace }: KubernetesClients, spec: OuterSpec, { name, accessModes, storage }: Manifests['claims'][number]): V1PersistentVolumeClaim => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name, namespace, labels: labelsOf(config.id, spec) },
  spec: { accessModes, resources: { requests: { storage } }, ...(config.kubernetes.storageClass !== undefined && { storageClassName: config.kubernetes.storageClass }) },
});

/** One of its name that wants pods is another service, or a second copy in the making. */
async function isThere(context: KubernetesClients, spec: OuterSpec, { kind, metadata: { name } }: Manifests): Promise<boolean> {
  const { config, namespace } = context;
  const found = await look(context, apiVersions[kind], kind, name);
  if (!found) return false;
  if (found.deletionTimestamp) throw new UnavailableError('deployment-going', `The ${kind} ${name} of cluster ${config.id} is just being removed.`, { cluster: config.id, next: `See kubectl -n ${namespace} describe ${kind.toLowerCase()} ${name}` });
  if (found.annotations?.[keys.brought] === spec.id) return true;
  throw new RefusedError('name-taken', `Cluster ${config.id} has a ${kind} ${name} already that does not belong to ${spec.name}.`, {
    cluster: config.id, next: `Remove it there (kubectl -n ${namespace} delete ${kind.toLowerCase()} ${name}), or have services arrive as objects of carryon's own: \`arriveAs: own\` in carryon.yaml.`,
  });
}

const look = ({ objects, config, namespace }: KubernetesClients, apiVersion: string, kind: string, name: string) =>
  metadataOf(config.id, `look for the ${kind} ${name}`, () => objects.read({ apiVersion, kind, metadata: { name, namespace } }));

function workload({ namespace }: KubernetesClients, spec: OuterSpec, { kind, metadata, spec: wanted, index }: Manifests): KubernetesObject {
  const away = JSON.stringify({ service: spec.id, name: spec.name, ...(index !== undefined && { index }) });
  const none = kind === 'Job' ? { suspend: true } : { replicas: 0 };
  return { apiVersion: apiVersions[kind], kind, metadata: { ...metadata, namespace, annotations: { ...metadata.annotations, [keys.away]: away, [keys.brought]: spec.id } }, spec: { ...wanted, ...none } } as KubernetesObject;
}

/** A Service of its name is somebody's, and may well be the user's own for it. Node ports that are taken here are given anew. */
async function makeService(context: KubernetesClients, spec: OuterSpec, { metadata, spec: wanted }: Manifests['services'][number], manager: Manifests['manager']): Promise<void> {
  if (await look(context, 'v1', 'Service', metadata.name)) return;
  const taken = (await nodePortsInUse(context)).map(({ port }) => port);
  const body = (keep: (port: number) => boolean) => ({
    apiVersion: 'v1', kind: 'Service', metadata: { ...metadata, namespace: context.namespace, annotations: { ...metadata.annotations, [keys.brought]: spec.id } },
    spec: { ...wanted, ports: ((wanted['ports'] ?? []) as { nodePort?: number }[]).map(({ nodePort, ...port }) => ({ ...port, ...(nodePort !== undefined && keep(nodePort) && { nodePort }) })) },
  });
  const doing = `make the Service ${metadata.name}`;
  try {
    await make(context, body((port) => !taken.includes(port)), manager, doing);
  } catch (error) {
    // Services of other namespaces are not seen.
    if (!(error instanceof RefusedError) || !serverWords(error.cause).includes('already allocated')) throw error;
    await make(context, body(() => false), manager, doing);
  }
}

/** In the name of who had it at the source: its next `apply` finds its own fields. */
const make = ({ objects, config }: KubernetesClients, body: KubernetesObject, { name, applies }: Manifests['manager'], doing: string): Promise<KubernetesObject> =>
  asking(config.id, doing, () => (applies ? objects.patch(body, undefined, undefined, name, false, PatchStrategy.ServerSideApply) : objects.create(body, undefined, undefined, name)));
