import { patched } from '@temporalio/workflow';
import { nextEpoch } from '../domain/epoch';
import type { MigrationPlan } from '../domain/migration';
import { decidePlan } from '../domain/plan';
import { buildTicket } from '../domain/ticket';
import type { UndoStack } from '../domain/undo-stack';
import { on } from './coordinators';
import { refused } from './failures';
import type { Migration } from './migration';
import { probe, transfer, undo as undoOptions } from './options';
import type { Planned } from './plan';
import { takeBack } from './take-back';

/** Makes the destination's outer container, gives both engines their ticket, and arms them. */
export async function prepare(migration: Migration, planned: Planned, undo: UndoStack): Promise<void> {
  const deployed = await deploy(migration, planned, undo);
  // The engine inside sees its host better than the orchestrator did: compare again before anything is armed.
  const plan = replan(migration, planned, deployed.host);
  await arm(migration, plan, nextEpoch(planned.owner.epoch, planned.facts.source.epoch, deployed.epoch), undo);
}

function deploy(migration: Migration, { plan, facts }: Planned, undo: UndoStack) {
  const { to, service } = plan;
  const { existing } = facts.destination;
  const made = { here: !existing, volumes: false };
  undo.push({
    name: existing ? `remove the outer container at ${to} if it was made anew` : `remove the outer container at ${to}`,
    run: async () => {
      if (made.here) await removeDeployed(migration, { cluster: to, serviceId: service.id, volumes: made.volumes });
    },
  });
  return migration.during('prepare', `make the outer container at ${to}`, async () => {
    const sealed = await sealDeployed({ plan, facts });
    const deployed = await on(to, transfer, 'make the outer container').deployDestination({ service, ...(sealed !== undefined && { deployed: sealed }) });
    // A relay may have been removed since it was looked at.
    made.here = !existing || (existing.container !== undefined && deployed.container !== undefined && deployed.container !== existing.container);
    // An empty journal beside no container: its volumes did not exist before either.
    made.volumes = !existing && deployed.state === 'absent' && deployed.epoch === 0;
    return deployed;
  });
}

/** Its user's object goes along where the destination can have it, unless something of the service is there already. */
async function sealDeployed({ plan: { from, service }, facts: { source, destination } }: Pick<Planned, 'plan' | 'facts'>): Promise<string | undefined> {
  const { arrival, existing } = destination;
  if (!source.deployed || existing || !arrival || !('sealFor' in arrival) || !patched('deployed-goes-along')) return undefined;
  return (await on(from, probe, 'what was deployed?').sealDeployed({ serviceId: service.id, sealFor: arrival.sealFor })).sealed;
}

async function removeDeployed(migration: Migration, { cluster, serviceId, volumes }: { cluster: string; serviceId: string; volumes: boolean }): Promise<void> {
  if (migration.lost.has(cluster)) return;
  if (migration.sourceNow === 'stopped') {
    migration.remarks.push(`its outer container at ${cluster} was left: the source asks it, when it is started again, whether it may run`);
    return;
  }
  const { left } = await on(cluster, undoOptions, 'remove the outer container').removeDestination({ serviceId, volumes, armed: migration.ticket !== undefined });
  if (left !== undefined) migration.remarks.push(`its outer container at ${cluster} was left: ${left}`);
}

function replan(migration: Migration, { plan, facts }: Planned, host: Planned['facts']['destination']['host']): MigrationPlan {
  const { freeMemoryBytes, freeDiskBytes } = facts.destination.host;
  // Room is what the host has; inside the outer container its own limit would count.
  const destination = { ...facts.destination, host: { ...host, freeMemoryBytes, freeDiskBytes } };
  const again = decidePlan({ from: plan.from, source: facts.source, destination }, migration.request);
  if (again.refusals.length > 0) throw refused(again.refusals);
  migration.accept(again);
  return again;
}

async function arm(migration: Migration, plan: MigrationPlan, epoch: number, undo: UndoStack): Promise<void> {
  const { from, to, service } = plan;
  const [source, destination] = await Promise.all([
    on(from, probe, 'address and keys').peerFacts({ serviceId: service.id }),
    on(to, probe, 'address and keys').peerFacts({ serviceId: service.id }),
  ]);
  const ticket = buildTicket({ migration: migration.id, epoch, plan, request: migration.request, source, destination });
  migration.ticket = ticket;
  // Unwound the other way round: a copy is discarded only when the source is known to keep the service.
  undo.push({
    name: `discard the copy at ${to}`,
    run: async () => {
      if (!migration.lost.has(to)) return on(to, undoOptions, 'discard the copy').discardDestination({ serviceId: service.id, ticket });
      migration.remarks.push(`${to} is gone for ever, as was said: nothing was discarded there`);
    },
  });
  undo.push({ name: `take the service back at ${from}`, run: () => takeBack(migration, plan, ticket) });
  await migration.during('prepare', `arm ${from}`, () => on(from, transfer, 'arm the source').prepareSource(ticket));
  await migration.during('prepare', `arm ${to}`, () => on(to, transfer, 'arm the destination').prepareDestination(ticket));
}
