import { isCancellation } from '@temporalio/workflow';
import type { Deployment } from '../activities/deployment';
import type { DestinationFacts, MigrationPlan, ServiceFacts } from '../domain/migration';
import { decidePlan } from '../domain/plan';
import type { FullRequest } from '../domain/request';
import { decideRoute, type Route } from '../domain/route';
import type { Sighting } from '../domain/sighting';
import { deployment, on } from './coordinators';
import { refused } from './failures';
import { probe } from './options';

export interface Planned {
  plan: MigrationPlan;
  facts: { source: ServiceFacts; destination: DestinationFacts };
  owner: Sighting;
  deployment: Deployment;
}

/** Looks at both sides and compares; touches nothing. A route that does not exist fails with type `Refused`; other refusals are in the plan. */
export async function makePlan(request: FullRequest): Promise<Planned> {
  const where = await deployment().listClusters();
  const { owner, from, to } = await findRoute(request, where.clusters);
  const [source, destination] = await Promise.all([
    on(from, probe, 'inspect the service').inspectSource({ serviceId: owner.service.id }),
    on(to, probe, 'inspect the destination').inspectDestination({ serviceId: owner.service.id }),
  ]);
  return { plan: decidePlan({ from, source, destination }, request), facts: { source, destination }, owner, deployment: where };
}

async function findRoute(request: FullRequest, clusters: string[]): Promise<Exclude<Route, { refusals: unknown }>> {
  const answers = await Promise.allSettled(clusters.map((cluster) => on(cluster, probe, `look for ${request.service}`).locateService({ service: request.service })));
  const cancelled = answers.find((answer) => answer.status === 'rejected' && isCancellation(answer.reason));
  if (cancelled?.status === 'rejected') throw cancelled.reason;
  const route = decideRoute({
    request,
    clusters,
    sightings: answers.flatMap((answer) => (answer.status === 'fulfilled' && answer.value ? [answer.value] : [])),
    silent: clusters.filter((_, index) => answers[index]?.status === 'rejected'),
  });
  if ('refusals' in route) throw refused(route.refusals);
  return route;
}
