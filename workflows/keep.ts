import { ActivityFailure, isCancellation, sleep } from '@temporalio/workflow';
import { decideResolution, tellKept, type Resolution, type ResolveRequest, type Witness, type WitnessHere } from '../domain/resolution';
import { on } from './coordinators';
import { codeOf, explain, migrationFailure, nextOf, recoveryOf, refused } from './failures';
import { keepOptions, witnessOptions } from './options';

const attempts = 5;
const pauseMs = 1000;

/** Asks every cluster; only where no other copy can be, the side that was asked for goes on. Fails with `Refused` or `NeedsHuman`. */
export async function keep(request: ResolveRequest, clusters: readonly string[], beforehand: (at: WitnessHere) => Promise<void> = () => Promise.resolve()): Promise<Resolution> {
  for (let attempt = 1; ; attempt += 1) {
    const witnesses = await hearAll(clusters, request.service);
    const decision = decideResolution(request, witnesses);
    if (decision.do === 'refuse') throw refused([decision.refusal]);
    const { at } = decision;
    await beforehand(at);
    try {
      const { kept } = await on(at.cluster, keepOptions, `the service stays here (${request.keep})`).keepService({ serviceId: at.service.id, ...decision.request });
      const other = otherOf(at);
      return { service: at.service.id, name: at.service.name, cluster: at.cluster, migration: decision.request.migration, kept, message: tellKept(kept, { name: at.service.name, cluster: at.cluster, other }) };
    } catch (failure) {
      // Its journal has moved on since it was asked: what follows from that is decided anew.
      if (codeOf(failure) === 'changed' && attempt < attempts) await sleep(pauseMs);
      else throw endedBy(failure, at);
    }
  }
}

const otherOf = ({ ticket }: WitnessHere) => ticket?.peer ?? 'the other side';

/** A name may be another service's elsewhere: what counts is asked by the UUID of the one that has migrated last. */
async function hearAll(clusters: readonly string[], service: string): Promise<Witness[]> {
  const first = await Promise.all(clusters.map((cluster) => hear(cluster, service)));
  const id = newestOf(first)?.service.id;
  if (id === undefined || id === service) return first;
  return Promise.all(first.map((witness) => (witness.says === 'nothing' ? Promise.resolve(witness) : hear(witness.cluster, id))));
}

const newestOf = (witnesses: readonly Witness[]): WitnessHere | undefined =>
  witnesses.flatMap((witness) => (witness.says === 'here' && witness.ticket ? [witness] : [])).sort((one, other) => (other.ticket?.epoch ?? 0) - (one.ticket?.epoch ?? 0))[0];

async function hear(cluster: string, service: string): Promise<Witness> {
  try {
    return await on(cluster, witnessOptions, `what is here of ${service}?`).bearWitness({ service });
  } catch (failure) {
    if (isCancellation(failure)) throw failure;
    return { cluster, says: 'nothing' };
  }
}

function endedBy(failure: unknown, { cluster, service }: WitnessHere): unknown {
  if (!(failure instanceof ActivityFailure) || isCancellation(failure)) return failure;
  const why = explain(failure).replace(/\.$/, '');
  if (recoveryOf(failure) === 'refuse') {
    const next = nextOf(failure);
    return refused([{ code: codeOf(failure) ?? 'refused', message: `${cluster} refuses: ${why}.${next ? ` Next: ${next}.` : ''}` }]);
  }
  return migrationFailure('needsHuman', `${cluster} could not let ${service.name} go on: ${why}`, {
    code: codeOf(failure),
    next: nextOf(failure) ?? `Look at the engine's log at ${cluster}, then call again: a repeated call goes on where this one ended.`,
  }, failure);
}
