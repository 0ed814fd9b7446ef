import type { AppsV1Api, BatchV1Api, KubernetesObject, V1ObjectMeta, V1OwnerReference, V1Pod } from '@kubernetes/client-node';
import { asking, isMissing } from '../clients/orchestrators/kubernetes/failure';
import { RefusedError, UnavailableError } from '../domain/errors';
import { awayOf, concerns, type Away } from './away';

export interface OwnerClients {
  /** Id of the cluster, for errors. */
  cluster: string;
  apps: Pick<AppsV1Api, 'readNamespacedReplicaSet' | 'readNamespacedDeployment' | 'readNamespacedStatefulSet'>;
  batch: Pick<BatchV1Api, 'readNamespacedJob'>;
}

export interface Ownership {
  /** Name of the service: its top owner's; the pod's own where each pod is another one. */
  name: string;
  /** What made the pod in the end, as `Deployment web`. */
  owner?: string;
  /** Set for a stand-in. */
  away?: Away;
}

/** Whose pod this is. Asked of the API each time: what it says of a service that is leaving must not be old. */
export async function ownershipOf(clients: OwnerClients, namespace: string, { metadata }: V1Pod): Promise<Ownership> {
  const controller = controllerOf(metadata);
  if (!controller) return { name: metadata?.name ?? (metadata?.generateName ?? '').replace(/-+$/, '') };
  const { kind, owner } = await topOwner(clients, namespace, controller);
  const what = `${kind} ${owner.name}`;
  const name = (kind === 'StatefulSet' ? metadata?.name : owner.name) ?? '';
  const away = awayOf(owner, what);
  return { name, owner: what, ...(away && concerns(away, numberOf(metadata, kind)) && { away }) };
}

const controllerOf = (metadata?: V1ObjectMeta) => metadata?.ownerReferences?.find(({ controller }) => controller);

/** Of a pod among those of a StatefulSet or of an indexed Job. */
function numberOf(metadata: V1ObjectMeta | undefined, kind: string): number | undefined {
  const text = kind === 'StatefulSet' ? /-(\d+)$/.exec(metadata?.name ?? '')?.[1] : metadata?.annotations?.['batch.kubernetes.io/job-completion-index'];
  return text === undefined ? undefined : Number(text);
}

interface Found {
  kind: string;
  owner: V1ObjectMeta;
}

async function topOwner({ cluster, apps, batch }: OwnerClients, namespace: string, reference: V1OwnerReference): Promise<Found> {
  const { name } = reference;
  const read = (of: V1OwnerReference, look: () => Promise<KubernetesObject>) => metadataOf(cluster, of, look);
  switch (`${reference.apiVersion.split('/')[0]} ${reference.kind}`) {
    case 'apps StatefulSet':
      return { kind: 'StatefulSet', owner: await read(reference, () => apps.readNamespacedStatefulSet({ name, namespace })) };
    case 'batch Job':
      return { kind: 'Job', owner: await read(reference, () => batch.readNamespacedJob({ name, namespace })) };
    case 'apps ReplicaSet': {
      const above = controllerOf(await read(reference, () => apps.readNamespacedReplicaSet({ name, namespace })));
      if (above?.kind !== 'Deployment' || !above.apiVersion.startsWith('apps/')) throw unknown(above ?? reference);
      return { kind: 'Deployment', owner: await read(above, () => apps.readNamespacedDeployment({ name: above.name, namespace })) };
    }
    default:
      throw unknown(reference);
  }
}

/** Of that very object: another of its name says nothing about this pod. */
async function metadataOf(cluster: string, { kind, name, uid }: V1OwnerReference, look: () => Promise<KubernetesObject>): Promise<V1ObjectMeta> {
  const metadata = await asking(cluster, `look for the ${kind} ${name}`, async () => {
    try {
      return (await look()).metadata;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  });
  if (metadata?.uid === uid) return metadata ?? {};
  throw new UnavailableError('owner-gone', `metadata.ownerReferences: the ${kind} ${name} is not there any more.`, { cluster, next: 'Nothing needs to be done if it was just removed.' });
}

/** Where a service's absence cannot be written down, the next pod would be a second copy of it. */
const unknown = ({ kind, name }: V1OwnerReference) =>
  new RefusedError('owner-unknown', `metadata.ownerReferences: carryon cannot move what a ${kind} (${name}) has made, as that would begin it once more.`, {
    next: 'Use a Deployment, a StatefulSet, a Job or a pod of its own.',
  });
