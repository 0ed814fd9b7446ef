import { randomUUID } from 'node:crypto';
import { PatchStrategy, type KubernetesObject, type V1ObjectMeta } from '@kubernetes/client-node';
import { RefusedError, UnavailableError } from '../../../domain/errors';
import { serviceVolume } from '../../../domain/names';
import type { DeployOptions } from '../../../domain/orchestrator';
import type { OuterSpec } from '../../../domain/service';
import type { KubernetesContext } from './context';
import { asking, isMissing } from './failure';
import type { Found } from './list';
import { applicationService, claim, claimNames, engineService, workload, type Manifest } from './manifest';
import { engineServiceName, fieldManager, keys, objectName } from './names';

const manifestOf = ({ config, namespace, image }: KubernetesContext, spec: OuterSpec): Manifest => ({ cluster: config.id, namespace, image, spec });

/** Claims and workload of an outer container that is not there. */
export async function createOuter(context: KubernetesContext, spec: OuterSpec, { existingVolumes, arrives }: Required<DeployOptions>): Promise<void> {
  await refuseTaken(context, spec);
  await ensureClaims(context, spec, existingVolumes);
  await apply(context, workload({ ...manifestOf(context, spec), ...(arrives && { arrival: randomUUID() }) }), 'make the outer container');
}

/** Ports of the service and its engine; they go with what owns them. */
export async function ensureServices(context: KubernetesContext, { outer, kind, object }: Found): Promise<void> {
  const manifest = manifestOf(context, outer.spec);
  const owner = { ...(kind === 'StatefulSet' ? { apiVersion: 'apps/v1', kind } : { apiVersion: 'v1', kind: 'Pod' }), name: object, uid: outer.id };
  // Where a deployment was intercepted, its user has Services of his own; its name may be that of several.
  const application = kind === 'Intercepted' ? undefined : applicationService(manifest, context.config.kubernetes.expose);
  const engine = kind === 'Intercepted' ? engineService(manifest, serviceVolume(outer.spec.id)) : engineService(manifest);
  for (const service of [engine, ...(application ? [application] : [])]) {
    await apply(context, { ...service, metadata: { ...service.metadata, ownerReferences: [owner] } }, `make the Service ${service.metadata?.name}`);
  }
}

/** Not forced: fields that somebody else has set are his. */
const apply = <T extends KubernetesObject>({ objects, config }: KubernetesContext, object: T, doing: string): Promise<T> =>
  asking(config.id, doing, () => objects.patch(object, undefined, undefined, fieldManager, false, PatchStrategy.ServerSideApply));

async function refuseTaken({ apps, core, config, namespace }: KubernetesContext, spec: OuterSpec): Promise<void> {
  const name = objectName(spec.name);
  const looks = [
    ['StatefulSet', name, () => apps.readNamespacedStatefulSet({ name, namespace })],
    ['Pod', name, () => core.readNamespacedPod({ name, namespace })],
    ['Service', name, () => core.readNamespacedService({ name, namespace })],
    ['Service', engineServiceName(spec), () => core.readNamespacedService({ name: engineServiceName(spec), namespace })],
  ] as const;
  for (const [kind, object, look] of looks) {
    const found = await metadataOf(config.id, `look for the ${kind} ${object}`, look);
    if (!found || isOurs(found, config.id, spec)) continue;
    throw new RefusedError('name-taken', `Cluster ${config.id} has a ${kind} ${object} already that does not belong to ${spec.name}.`, { cluster: config.id, next: `Rename or remove it: kubectl -n ${namespace} delete ${kind.toLowerCase()} ${object}` });
  }
}

/** Two clusters of carryon in one namespace are two: neither has the other's. */
const isOurs = ({ labels }: V1ObjectMeta, cluster: string, { id }: OuterSpec) => labels?.[keys.service] === id && labels[keys.cluster] === cluster;

const metadataOf = (cluster: string, doing: string, look: () => Promise<KubernetesObject>): Promise<V1ObjectMeta | undefined> =>
  asking(cluster, doing, async () => {
    try {
      return (await look()).metadata;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  });

/** A claim of a user that is not this service's is used only when the caller says so: a migration would replace its files by the source's. */
async function ensureClaims(context: KubernetesContext, spec: OuterSpec, existing: 'use' | 'refuse'): Promise<void> {
  const { core, config, namespace } = context;
  const names = claimNames(spec);
  const found = await Promise.all(names.map((name) => metadataOf(config.id, `look for the volume ${name}`, () => core.readNamespacedPersistentVolumeClaim({ name, namespace }))));
  const ours = (metadata: V1ObjectMeta) => isOurs(metadata, config.id, spec);
  const livedHere = found.some((metadata) => metadata?.name === serviceVolume(spec.id) && ours(metadata));
  names.forEach((name, index) => {
    const metadata = found[index];
    if (!metadata) return;
    if (metadata.deletionTimestamp) {
      throw new UnavailableError('volume-going', `The PersistentVolumeClaim ${name} of cluster ${config.id} is just being removed.`, { cluster: config.id, next: `See kubectl -n ${namespace} describe pvc ${name}` });
    }
    if (ours(metadata) || existing === 'use' || livedHere) return;
    throw new RefusedError('volume-taken', `Cluster ${config.id} has a PersistentVolumeClaim ${name} already that does not belong to ${spec.name}.`, {
      cluster: config.id,
      next: `Rename or remove it there (kubectl -n ${namespace} delete pvc ${name}); carryon does not overwrite its files.`,
    });
  });
  for (const [index, name] of names.entries()) {
    if (!found[index]) await apply(context, claim(manifestOf(context, spec), name, config.kubernetes), `make the volume ${name}`);
  }
}
