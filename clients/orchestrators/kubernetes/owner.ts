import type { AppsV1Api, BatchV1Api, V1Deployment, V1Job, V1ObjectMeta, V1OwnerReference, V1Pod, V1StatefulSet } from '@kubernetes/client-node';
import { asking, isMissing } from './failure';
import { RefusedError, UnavailableError } from '../../../domain/errors';
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
export async function ownershipOf(clients: OwnerClients, namespace: string, pod: V1Pod): Promise<Ownership> {
  const { metadata } = pod;
  const top = await topOwner(clients, namespace, pod);
  if (!top) return { name: metadata?.name ?? (metadata?.generateName ?? '').replace(/-+$/, '') };
  const { kind, object } = top;
  const what = `${kind} ${object.metadata?.name}`;
  const name = (kind === 'StatefulSet' ? metadata?.name : object.metadata?.name) ?? '';
  const away = awayOf(object.metadata, what);
  return { name, owner: what, ...(away && concerns(away, numberOf(pod, kind)) && { away }) };
}

const controllerOf = (metadata?: V1ObjectMeta) => metadata?.ownerReferences?.find(({ controller }) => controller);

/** Of a pod among those of a StatefulSet or of an indexed Job. */
export function numberOf({ metadata }: V1Pod, kind: string): number | undefined {
  const text = kind === 'StatefulSet' ? /-(\d+)$/.exec(metadata?.name ?? '')?.[1] : metadata?.annotations?.['batch.kubernetes.io/job-completion-index'];
  return text === undefined ? undefined : Number(text);
}

/** What a user has deployed. */
export type Owner = { kind: 'Deployment'; object: V1Deployment } | { kind: 'StatefulSet'; object: V1StatefulSet } | { kind: 'Job'; object: V1Job };

/** What made this pod in the end; undefined for a pod of its own. */
export async function topOwner({ cluster, apps, batch }: OwnerClients, namespace: string, { metadata }: V1Pod): Promise<Owner | undefined> {
  const reference = controllerOf(metadata);
  if (!reference) return undefined;
  const { name } = reference;
  switch (`${reference.apiVersion.split('/')[0]} ${reference.kind}`) {
    case 'apps StatefulSet':
      return { kind: 'StatefulSet', object: await read(cluster, reference, () => apps.readNamespacedStatefulSet({ name, namespace })) };
    case 'batch Job':
      return { kind: 'Job', object: await read(cluster, reference, () => batch.readNamespacedJob({ name, namespace })) };
    case 'apps ReplicaSet': {
      const above = controllerOf((await read(cluster, reference, () => apps.readNamespacedReplicaSet({ name, namespace }))).metadata);
      if (above?.kind !== 'Deployment' || !above.apiVersion.startsWith('apps/')) throw unknown(above ?? reference);
      return { kind: 'Deployment', object: await read(cluster, above, () => apps.readNamespacedDeployment({ name: above.name, namespace })) };
    }
    default:
      throw unknown(reference);
  }
}

/** That very object: another of its name says nothing about this pod. */
async function read<T extends { metadata?: V1ObjectMeta }>(cluster: string, { kind, name, uid }: V1OwnerReference, look: () => Promise<T>): Promise<T> {
  const object = await asking(cluster, `look for the ${kind} ${name}`, async () => {
    try {
      return await look();
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  });
  if (object?.metadata?.uid === uid) return object;
  throw new UnavailableError('owner-gone', `metadata.ownerReferences: the ${kind} ${name} is not there any more.`, { cluster, next: 'Nothing needs to be done if it was just removed.' });
}

/** Where a service's absence cannot be written down, the next pod would be a second copy of it. */
const unknown = ({ kind, name }: V1OwnerReference) =>
  new RefusedError('owner-unknown', `metadata.ownerReferences: carryon cannot move what a ${kind} (${name}) has made, as that would begin it once more.`, {
    next: 'Use a Deployment, a StatefulSet, a Job or a pod of its own.',
  });
