import type { V1ObjectMeta } from '@kubernetes/client-node';
import pRetry from 'p-retry';
import { RefusedError } from '../../../domain/errors';
import { awayOf } from './away';
import type { KubernetesClients } from './context';
import { keepBrought } from './deployed/brought';
import { deletePod } from './end-pod';
import { asking, isChanged } from './failure';
import { findIn, listFound, type Found } from './list';
import { selectorOf } from './names';
import { numberOf, topOwner, type Owner } from './owner';
import { noteAway, wanted } from './patch-owner';
import { graceSeconds } from './manifest';

const clientsOf = ({ apps, batch, config }: KubernetesClients) => ({ apps, batch, cluster: config.id });

/**
 * Before the service can leave: its Deployment would start it once more when this pod ends, whatever has become of it. From now on a pod that is
 * made for it only stands in. What carryon deployed itself is one object with a journal that stays: nothing to do.
 */
export async function noteLeaving(context: KubernetesClients, service: string, epoch: number): Promise<void> {
  const noted = await unlessChanged(async () => {
    const found = await findIn(context, service);
    if (found?.kind !== 'Intercepted' || !found.pod) return undefined;
    const owner = await topOwner(clientsOf(context), context.namespace, found.pod);
    if (!owner) return undefined;
    refuseSeveral(context, owner, found.outer.service.name);
    const { id, name } = found.outer.service;
    const index = numberOf(found.pod, owner.kind);
    await noteAway(context, owner, JSON.stringify({ service: id, name, ...(index !== undefined && { index }), epoch }));
    return found;
  });
  // Looked at after that: what is made from now on stands in.
  if (noted) {
    await refuseCompany(context, noted).catch(async (error: unknown) => {
      await noteHere(context, service, epoch);
      throw error;
    });
  }
}

/** The service is here and stays. Pods that have been made to stand in for it are removed: the next ones are ordinary again. */
export async function noteHere(context: KubernetesClients, service: string, epoch: number): Promise<void> {
  const stays = await unlessChanged(async () => {
    const owner = await awayOwner(context, service);
    if (!owner) return true;
    const left = awayOf(owner.object.metadata, owner.kind)?.epoch ?? epoch;
    if (left > epoch) return false;
    await noteAway(context, owner, null);
    return true;
  });
  if (!stays) return;
  await keepBrought(context, service);
  // Also when it was taken back before: whoever did that may not have come as far as this.
  const { core, config, namespace } = context;
  const standIns = await asking(config.id, 'list pods', () => core.listNamespacedPod({ namespace, labelSelector: selectorOf(config.id, { service, role: 'stand-in' }) }));
  for (const pod of standIns.items) await deletePod(context, pod, graceSeconds);
}

/** Kubernetes itself writes to these objects all the time, and another migration may. */
const unlessChanged = <T>(act: () => Promise<T>) => pRetry(act, { retries: 8, minTimeout: 50, maxTimeout: 500, shouldRetry: isChanged });

/** What the user has deployed, whose service this is while it is elsewhere. */
export async function awayOwner({ apps, batch, config, namespace }: KubernetesClients, service: string): Promise<Owner | undefined> {
  const owners = await asking(config.id, 'look for what was deployed', async (): Promise<Owner[]> => {
    const [deployments, sets, jobs] = await Promise.all([apps.listNamespacedDeployment({ namespace }), apps.listNamespacedStatefulSet({ namespace }), batch.listNamespacedJob({ namespace })]);
    return [
      ...deployments.items.map((object) => ({ kind: 'Deployment' as const, object })),
      ...sets.items.map((object) => ({ kind: 'StatefulSet' as const, object })),
      ...jobs.items.map((object) => ({ kind: 'Job' as const, object })),
    ];
  });
  return owners.find(({ kind, object: { metadata } }) => isAway(metadata, `${kind} ${metadata?.name}`, service));
}

/** What cannot be read says nothing of this service; no pod is made of that object meanwhile. */
function isAway(metadata: V1ObjectMeta | undefined, what: string, service: string): boolean {
  try {
    return awayOf(metadata, what)?.service === service;
  } catch {
    return false;
  }
}

/** One that is being removed has a successor, and so has one that is rolled over: they would go on beside the service that left. */
async function refuseCompany(context: KubernetesClients, { outer, object }: Found): Promise<void> {
  const all = (await listFound(context)).filter(({ kind }) => kind === 'Intercepted');
  const now = all.find(({ outer: { id } }) => id === outer.id);
  const others = all.filter((one) => one.outer.id !== outer.id && one.outer.service.name === outer.service.name && one.outer.running);
  if (now && !isEnding(now) && others.length === 0) return;
  throw new RefusedError('not-alone', `The pod ${object} of cluster ${context.config.id} ${now && !isEnding(now) ? `is not the only one of ${outer.service.name}: ${others.map((one) => one.object).join(', ')}` : 'is being removed'}.`, {
    cluster: context.config.id,
    next: 'Wait until one pod of it is left, and migrate again.',
  });
}

const isEnding = ({ pod }: Found) => pod?.metadata?.deletionTimestamp !== undefined;

function refuseSeveral({ config, namespace }: KubernetesClients, owner: Owner, service: string): void {
  const pods = wanted(owner);
  if (pods <= 1) return;
  const name = owner.object.metadata?.name ?? '';
  throw new RefusedError('several-replicas', `The ${owner.kind} ${name} of cluster ${config.id} wants ${pods} pods: Kubernetes cannot be told that ${service} is the one that left.`, {
    cluster: config.id,
    next: `Give it a Deployment of its own, or scale it to one: kubectl -n ${namespace} scale ${owner.kind.toLowerCase()} ${name} --replicas 1`,
  });
}
