import { holderText } from './holder';
import type { Refusal } from './migration';
import type { FullRequest } from './request';
import { owns, type Sighting } from './sighting';

export interface RouteInput {
  request: Pick<FullRequest, 'service' | 'from' | 'to'>;
  /** Ids of all configured clusters. */
  clusters: readonly string[];
  sightings: readonly Sighting[];
  /** Clusters whose coordinator did not answer. */
  silent: readonly string[];
}

export type Route = { from: string; to: string; owner: Sighting; at?: Sighting } | { refusals: Refusal[] };

/** Who owns the service and whether it may leave there for the wished cluster. `at` is what the destination already has of it. */
export function decideRoute({ request, clusters, sightings, silent }: RouteInput): Route {
  const unknown = [request.to, request.from].filter((cluster) => cluster !== undefined && !clusters.includes(cluster));
  if (unknown.length > 0) return refuse('unknown-cluster', `There is no cluster ${list(unknown)}. Known clusters: ${list(clusters) || 'none'}. Another one has to be in the carryon.yaml of \`carryon up\`, which is then to be started again.`);
  if (silent.includes(request.to)) return refuse('cluster-silent', silence(request.to));

  const owners = sightings.filter((sighting) => owns(sighting) && (request.from === undefined || sighting.cluster === request.from));
  const ids = new Set(owners.map(({ service }) => service.id));
  if (ids.size > 1) {
    const where = owners.map(({ cluster, service }) => `${service.id} in ${cluster}`).join(', ');
    return refuse('ambiguous-service', `Several services are called "${request.service}": ${where}. Give the id, or the source with --from.`);
  }
  const owner = owners.find(({ state }) => state === 'running') ?? owners[0];
  if (!owner) return refuseUnowned(request, sightings, silent);
  return decideForOwner(owner, request, sightings);
}

function decideForOwner(owner: Sighting, request: RouteInput['request'], sightings: readonly Sighting[]): Route {
  const name = owner.service.name;
  if (owner.cluster === request.to) return refuse('same-cluster', `"${name}" is in ${request.to} already. Choose another destination.`);
  if (owner.state === 'waiting') {
    return refuse('owing-debt', `"${name}" waits in ${owner.cluster} for pages from the cluster that it came from. Bring that cluster back first, or decide with \`carryon resolve\`.`);
  }
  if (owner.state !== 'running') {
    return refuse('already-migrating', `"${name}" is being migrated (${owner.migration ?? 'unknown migration'}, epoch ${owner.epoch}, ${owner.state}). Wait for it, or abort it.`);
  }
  // An exec session is the plan's to judge: the request may allow to end it.
  if (owner.holder?.kind === 'command' && owner.holder.command !== 'exec') {
    return refuse('held', `"${name}" is held in ${owner.cluster} by ${holderText(owner.holder)}. Wait until that is done.`);
  }
  if (!owner.running) return refuse('not-running', `"${name}" does not run in ${owner.cluster}. Start it first: \`carryon start ${name}\`.`);
  const debtor = sightings.find(({ service, state }) => service.id === owner.service.id && state === 'owing');
  if (debtor) {
    return refuse('owing-debt', `Pages of "${name}" still follow from ${debtor.cluster}. Wait until that migration is finished.`);
  }
  const at = sightings.find(({ cluster }) => cluster === request.to);
  if (at && at.service.id !== owner.service.id) {
    return refuse('name-taken', `${request.to} has another service called "${name}" (${at.service.id}). Remove or rename that one.`);
  }
  return { from: owner.cluster, to: request.to, owner, ...(at && { at }) };
}

function refuseUnowned(request: RouteInput['request'], sightings: readonly Sighting[], silent: readonly string[]): Route {
  const asked = silent.filter((cluster) => request.from === undefined || cluster === request.from);
  if (asked.length > 0) return refuse('cluster-silent', `"${request.service}" was not found, but not everybody answered. ${asked.map(silence).join(' ')}`);
  const stopped = sightings.find(({ state }) => state === 'absent' || state === 'discarded');
  if (stopped && sightings.every(({ state }) => state === 'absent' || state === 'discarded')) {
    return refuse('not-running', `"${request.service}" is in ${stopped.cluster}, but does not run there. Start it first: \`carryon start ${request.service}\`.`);
  }
  const where = request.from === undefined ? 'in any cluster' : `in ${request.from}`;
  return refuse('service-not-found', `No service "${request.service}" runs ${where}. \`carryon ps\` lists those there are.`);
}

const silence = (cluster: string) => `The coordinator of ${cluster} does not answer: start it with \`carryon worker --cluster ${cluster}\`.`;
const refuse = (code: string, message: string): Route => ({ refusals: [{ code, message }] });
const list = (names: readonly (string | undefined)[]) => names.join(', ');
