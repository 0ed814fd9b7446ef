import type { Arrival, DeployedPort } from '../../../../domain/deployed';
import { CarryonError } from '../../../../domain/errors';
import { seal } from '../../../authority/sealing';
import type { KubernetesContext } from '../context';
import { asking } from '../failure';
import { isIntercepting } from '../is-intercepting';
import { findIn } from '../list';
import { numberOf, topOwner } from '../owner';
import { manifestsOf } from './manifests';

export const deployedPort = (context: KubernetesContext): DeployedPort => ({
  async of(service) {
    const found = await ownerOf(context, service);
    return found && { kind: found.owner.kind, name: found.owner.object.metadata?.name ?? '' };
  },
  async seal(service, sealFor) {
    const found = await ownerOf(context, service);
    if (!found) return undefined;
    const { core, config, namespace } = context;
    const [services, claims] = await asking(config.id, 'look at what was deployed', () => Promise.all([core.listNamespacedService({ namespace }), core.listNamespacedPersistentVolumeClaim({ namespace })]));
    return seal(JSON.stringify(manifestsOf(found.owner, found.index, services.items, claims.items)), sealFor);
  },
  arrival: () => arrivalAt(context),
});

async function ownerOf(context: KubernetesContext, service: string) {
  const found = await findIn(context, service);
  if (found?.kind !== 'Intercepted' || !found.pod) return undefined;
  const { apps, batch, config, namespace } = context;
  const owner = await topOwner({ apps, batch, cluster: config.id }, namespace, found.pod);
  return owner && { owner, index: numberOf(found.pod, owner.kind) };
}

/** Without the interceptor a pod of what users have deployed would begin the service a second time: whether it is there is seen by what becomes of one. */
async function arrivalAt(context: KubernetesContext): Promise<Arrival> {
  if (context.config.kubernetes.arriveAs === 'own') return { ownBecause: 'its configuration says `arriveAs: own`' };
  try {
    if (!(await isIntercepting(context))) return { ownBecause: 'no interceptor runs there' };
  } catch (error) {
    if (error instanceof CarryonError && error.code === 'kubernetes-unreachable') throw error;
    return { ownBecause: error instanceof Error ? error.message : String(error) };
  }
  return { sealFor: (await context.sealingKey()).publicKey };
}
