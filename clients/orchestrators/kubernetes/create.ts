import { randomUUID } from 'node:crypto';
import type { V1Pod, V1PodSpec, V1StatefulSet } from '@kubernetes/client-node';
import { RefusedError } from '../../../domain/errors';
import { serviceVolume } from '../../../domain/names';
import type { DeployOptions } from '../../../domain/orchestrator';
import type { OuterSpec } from '../../../domain/service';
import { apply } from './apply';
import { ensureClaims, isOurs } from './claims';
import type { KubernetesContext } from './context';
import type { Found } from './list';
import { applicationService, claim, claimNames, engineService, workload, type Manifest } from './manifest';
import { metadataOf } from './metadata-of';
import { engineServiceName, objectName } from './names';
import { ownerReference } from './owner-reference';
import { rehearse } from './rehearse';

const manifestOf = ({ config, namespace, image }: KubernetesContext, spec: OuterSpec): Manifest => ({ cluster: config.id, namespace, image, spec });

/** Claims and workload of an outer container that is not there. */
export async function createOuter(context: KubernetesContext, spec: OuterSpec, { existingVolumes, arrives }: Required<Omit<DeployOptions, 'deployed'>>): Promise<void> {
  await refuseTaken(context, spec);
  const manifest = manifestOf(context, spec);
  const wanted = workload({ ...manifest, ...(arrives && { arrival: randomUUID() }) });
  await refusePod(context, wanted);
  await ensureClaims(context, spec, claimNames(spec).map((name) => claim(manifest, name, context.config.kubernetes)), { existing: existingVolumes, arrives });
  await apply(context, wanted, 'make the outer container');
}

/** What keeps the pod from being made - a quota, Pod Security, a webhook - is known before anything is made, and not only to the events of its StatefulSet. */
async function refusePod({ core, config, namespace }: KubernetesContext, wanted: V1StatefulSet | V1Pod): Promise<void> {
  const { metadata, spec } = isSet(wanted) ? (wanted.spec?.template ?? {}) : wanted;
  const body = { metadata: { labels: metadata?.labels, annotations: metadata?.annotations, generateName: `${wanted.metadata?.name}-`, namespace }, spec: spec as V1PodSpec };
  await rehearse(config.id, 'ask whether the pod may be made', () => core.createNamespacedPod({ namespace, body, dryRun: 'All' }));
}

const isSet = (wanted: V1StatefulSet | V1Pod): wanted is V1StatefulSet => wanted.kind === 'StatefulSet';

/** Ports of the service and its engine; they go with what owns them. */
export async function ensureServices(context: KubernetesContext, found: Found): Promise<void> {
  const { outer, kind } = found;
  const manifest = manifestOf(context, outer.spec);
  // Where a deployment was intercepted, its user has Services of his own; its name may be that of several.
  const application = kind === 'Intercepted' ? undefined : applicationService(manifest, context.config.kubernetes.expose);
  const engine = kind === 'Intercepted' ? engineService(manifest, serviceVolume(outer.spec.id)) : engineService(manifest);
  for (const service of [engine, ...(application ? [application] : [])]) {
    await apply(context, { ...service, metadata: { ...service.metadata, ownerReferences: [ownerReference(found)] } }, `make the Service ${service.metadata?.name}`);
  }
}

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
