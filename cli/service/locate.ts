import { RefusedError, UnavailableError } from '../../domain/errors';
import type { App } from '../app';
import { stateOf } from './state';
import { isOwner, survey, type Observation, type Survey } from './observe';

/** Where a service is, by name or UUID: at its owner when one is known, else at the only place that has something of it. */
export async function locate(app: App, service: string, cluster?: string): Promise<Observation> {
  const found = await survey(app.orchestrators(cluster), (outer) => outer.service.id === service || outer.service.name === service);
  return choose(service, found);
}

/** The same, and the service has to be running there with its engine answering. */
export async function locateRunning(app: App, service: string, cluster?: string): Promise<Observation & Required<Pick<Observation, 'status'>>> {
  const found = await locate(app, service, cluster);
  if (found.status && isOwner(found)) return { ...found, status: found.status };
  const where = found.orchestrator.cluster;
  throw new RefusedError('service-not-running', `${found.outer.service.name} does not run on cluster ${where}: it is ${stateOf(found)}.`, {
    cluster: where,
    next: 'See `carryon ps` for where it runs.',
  });
}

export function choose(service: string, { observations, unreachable }: Survey): Observation {
  const owners = observations.filter(isOwner);
  const candidates = owners.length > 0 ? owners : observations;
  const [first, second] = candidates;
  if (!first) throw unreachable.length > 0 ? notSeen(service, unreachable) : notFound(service);
  if (!second) return first;
  throw new RefusedError('service-ambiguous', `There are several outer containers of ${service}: ${candidates.map(place).join(', ')}.`, {
    next: 'Say which with --cluster, or give the UUID instead of the name.',
  });
}

const place = (one: Observation) => `${one.outer.service.id} on ${one.orchestrator.cluster} (${stateOf(one)})`;

const notFound = (service: string) =>
  new RefusedError('service-not-found', `No cluster has a service ${service}.`, { next: 'See `carryon ps` for the services that there are.' });

const notSeen = (service: string, unreachable: Survey['unreachable']) => {
  const clusters = unreachable.map(({ cluster }) => cluster).join(', ');
  return new UnavailableError('service-not-seen', `Service ${service} was not found, but not all clusters answered: ${clusters}.`, {
    cluster: unreachable[0]?.cluster,
    next: `Try again when ${clusters} can be reached: ${(unreachable[0]?.error as Error).message}`,
    cause: unreachable[0]?.error,
  });
};
