import type { V1ObjectMeta, V1PersistentVolumeClaim } from '@kubernetes/client-node';
import { RefusedError, UnavailableError } from '../../../domain/errors';
import { serviceVolume } from '../../../domain/names';
import type { DeployOptions } from '../../../domain/orchestrator';
import type { OuterSpec } from '../../../domain/service';
import { apply } from './apply';
import type { KubernetesClients } from './context';
import { metadataOf } from './metadata-of';
import { keys } from './names';
import { rehearse } from './rehearse';

/** Two clusters of carryon in one namespace are two: neither has the other's. */
export const isOurs = ({ labels }: V1ObjectMeta, cluster: string, { id }: OuterSpec) => labels?.[keys.service] === id && labels[keys.cluster] === cluster;

/** A claim of a user that is not this service's is used only when the caller says so: a migration would replace its files by the source's. */
export async function ensureClaims(context: KubernetesClients, spec: OuterSpec, claims: V1PersistentVolumeClaim[], { existing, arrives }: Required<Pick<DeployOptions, 'arrives'>> & { existing: 'use' | 'refuse' }): Promise<void> {
  const { core, config, namespace } = context;
  const names = claims.map(({ metadata }) => metadata?.name ?? '');
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
  const missing = claims.filter((_, index) => !found[index]).map((claim) => (arrives ? { ...claim, metadata: { ...claim.metadata, annotations: { [keys.brought]: spec.id } } } : claim));
  const doing = ({ metadata }: V1PersistentVolumeClaim) => `make the volume ${metadata?.name}`;
  for (const claim of missing) await rehearse(config.id, doing(claim), () => apply(context, claim, doing(claim), { dryRun: true }));
  for (const claim of missing) await apply(context, claim, doing(claim));
}
