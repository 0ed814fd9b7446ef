import { randomUUID } from 'node:crypto';
import type { V1Pod } from '@kubernetes/client-node';
import type { Logger } from 'pino';
import { createPatch } from 'rfc6902';
import { keys } from '../clients/orchestrators/kubernetes/names';
import { CarryonError } from '../domain/errors';
import type { AdmissionRequest, AdmissionResponse } from './admission';
import type { Ownership } from '../clients/orchestrators/kubernetes/owner';
import type { Offence } from './rewrite/offence';
import { rewrite } from './rewrite/rewrite';

export interface Reviewer {
  /** Id of the cluster in carryon's configuration. */
  cluster: string;
  /** The only one that is looked at. */
  namespace: string;
  /** Of the runtime module. */
  image: string;
  ownership: (pod: V1Pod) => Promise<Ownership>;
  log: Logger;
}

/** Answers an API server. Nothing is remembered and nothing is changed by it: it may ask again, or for a dry run. */
export async function review(request: AdmissionRequest, reviewer: Reviewer): Promise<AdmissionResponse> {
  const { uid, namespace, object } = request;
  const pod = object.metadata?.name ?? object.metadata?.generateName;
  if (!isMeant(request, reviewer.namespace)) return { uid, allowed: true };
  try {
    const { name, owner, away } = await reviewer.ownership(object);
    const { cluster, image, log } = reviewer;
    const rewriting = rewrite(object, { cluster, image, service: away?.service ?? randomUUID(), name: away?.name ?? name, standIn: away !== undefined });
    if ('offences' in rewriting) {
      log.warn({ namespace, pod, owner, fields: rewriting.offences.map(({ path }) => path) }, 'refused');
      return refusal(uid, 422, 'Invalid', wordsOf(rewriting.offences));
    }
    log.info({ namespace, pod, owner, service: rewriting.pod.metadata?.labels?.[keys.service], standIn: away !== undefined }, 'rewritten');
    return { uid, allowed: true, patchType: 'JSONPatch', patch: patchOf(object, rewriting.pod) };
  } catch (error) {
    return failed(error, uid, { namespace, pod }, reviewer.log);
  }
}

/** The API server sends nothing else, as the configuration says; whoever else asks changes nothing. */
const isMeant = ({ operation, resource, subResource, namespace, object }: AdmissionRequest, watched: string) =>
  operation === 'CREATE' && resource.group === '' && resource.resource === 'pods' && !subResource && namespace === watched && object.metadata?.labels?.[keys.migratable] === 'true';

/** Each field on a line of its own, with its path. */
const wordsOf = (offences: Offence[]) => ['carryon could not move this pod with all that it asks for:', ...offences.map(({ path, reason }) => `  ${path}: ${reason}`)].join('\n');

const refusal = (uid: string, code: number, reason: string, message: string): AdmissionResponse => ({ uid, allowed: false, status: { code, reason, message } });

/** Controllers try again by themselves, whatever the reason. */
function failed(error: unknown, uid: string, facts: object, log: Logger): AdmissionResponse {
  const reason = error instanceof Error ? error.message : String(error);
  const message = error instanceof CarryonError && error.next ? `${reason} ${error.next}` : reason;
  if (error instanceof CarryonError && error.recovery === 'refuse') {
    log.warn({ ...facts, code: error.code, reason }, 'refused');
    return refusal(uid, 422, 'Invalid', message);
  }
  log.error({ ...facts, reason }, 'failed');
  return refusal(uid, 503, 'ServiceUnavailable', message);
}

/** As the API server sees both: what is undefined is not there. */
const patchOf = (before: V1Pod, after: V1Pod) => Buffer.from(JSON.stringify(createPatch(before, JSON.parse(JSON.stringify(after))))).toString('base64');
