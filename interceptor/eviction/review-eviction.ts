import type { V1Node, V1Pod } from '@kubernetes/client-node';
import type { Logger } from 'pino';
import { keys } from '../../clients/orchestrators/kubernetes/names';
import type { Ownership } from '../../clients/orchestrators/kubernetes/owner';
import { apiVersion, kind, type MigrationObject } from '../../operator/migration';
import type { AdmissionRequest, AdmissionResponse } from '../admission';
import { verdictOn } from './verdict';
import { evictionWish } from '../rewrite/eviction-wish';

export interface EvictionReviewer {
  cluster: string;
  /** The only one that is looked at. */
  namespace: string;
  pod: (name: string) => Promise<V1Pod | undefined>;
  node: (name: string) => Promise<V1Node | undefined>;
  ownership: (pod: V1Pod) => Promise<Ownership>;
  /** Those with this label. */
  migrations: (selector: string) => Promise<MigrationObject[]>;
  /** One of this name is as good. */
  make: (migration: Pick<MigrationObject, 'apiVersion' | 'kind' | 'spec'> & { metadata: object }) => Promise<void>;
  log: Logger;
}

/**
 * Answers an API server about an eviction. A pod that says where its service moves then is let go when that has been tried; until then whoever evicts is told to
 * come again, as with a PodDisruptionBudget. What keeps us from trying does not keep the pod. API servers do not say who they are: nobody can have a service
 * moved by asking here, unless its node is really about to be emptied.
 */
export async function reviewEviction(request: AdmissionRequest, reviewer: EvictionReviewer): Promise<AdmissionResponse> {
  const { uid, name = request.object.metadata?.name ?? '', namespace } = request;
  const { log } = reviewer;
  if (!isMeant(request, reviewer.namespace)) return { uid, allowed: true };
  try {
    const waits = await judge(name, request, reviewer);
    if (waits === undefined) return { uid, allowed: true };
    log.info({ namespace, pod: name, reason: waits }, 'an eviction waits');
    return { uid, allowed: false, status: { code: 429, reason: 'TooManyRequests', message: `The pod ${name} is not evicted yet: ${waits}. Ask again.` } };
  } catch (error) {
    log.warn({ namespace, pod: name, reason: error instanceof Error ? error.message : String(error) }, 'evicted as any other pod');
    return { uid, allowed: true };
  }
}

const isMeant = ({ operation, resource, subResource, namespace }: AdmissionRequest, watched: string) =>
  operation === 'CREATE' && resource.group === '' && resource.resource === 'pods' && subResource === 'eviction' && namespace === watched;

/** By an administrator, or by what scales the cluster: neither lets other pods come. */
const isEmptied = (node: V1Node | undefined) => node?.spec?.unschedulable === true || (node?.spec?.taints ?? []).some(({ effect }) => effect !== 'PreferNoSchedule');

/** What it waits for, or undefined. */
async function judge(name: string, { dryRun }: AdmissionRequest, { cluster, namespace, pod, node, ownership, migrations, make, log }: EvictionReviewer): Promise<string | undefined> {
  const found = await pod(name);
  const { metadata, status } = found ?? {};
  const service = metadata?.labels?.[keys.service];
  if (!found || !service || metadata?.labels?.[keys.role] !== 'outer' || metadata.deletionTimestamp || status?.phase !== 'Running') return undefined;
  const wish = evictionWish(metadata);
  if (wish === undefined) return undefined;
  if (wish === 'damaged') throw new Error(`its annotation ${keys.onEviction} cannot be read`);
  const mark = { [keys.evicted]: metadata.uid ?? '' };
  const made = await migrations(`${keys.evicted}=${metadata.uid}`);
  const verdict = verdictOn(made, Date.now());
  if ('wait' in verdict) return verdict.wait;
  if ('allow' in verdict) return void log.info({ namespace, pod: name, reason: verdict.allow }, 'an eviction goes on');
  if (!isEmptied(await node(found.spec?.nodeName ?? ''))) return undefined;
  // Elsewhere, or on its way there: this pod carries its connections at most.
  if ((await ownership(found)).away) return undefined;
  const object = { apiVersion, kind, metadata: { name: `evicted-${metadata.uid}-${verdict.migrate}`, namespace, labels: { ...mark, [keys.cluster]: cluster } }, spec: { ...wish, service, source: cluster } };
  if (!dryRun) await make(object);
  return `its service is about to move to ${wish.destination}: Migration ${object.metadata.name}`;
}
