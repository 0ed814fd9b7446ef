import { getExternalWorkflowHandle, patched } from '@temporalio/workflow';
import { defaultRelayForMs } from '../domain/defaults';
import { migrationWorkflowId } from '../domain/names';
import type { Resolution, ResolveRequest, WitnessHere } from '../domain/resolution';
import { parseResolveRequest } from '../domain/resolve-request';
import { deployment } from './coordinators';
import { refusedBy } from './failures';
import { keep } from './keep';
import { lostSignal } from './messages';
import { startRetirement } from './start-retirement';

/** A human says at which side a service goes on. Refused where two copies could run. */
export async function resolveService(input: ResolveRequest): Promise<Resolution> {
  const request = check(input);
  const { clusters } = await deployment().listClusters();
  let at: WitnessHere | undefined;
  const resolution = await keep(request, clusters, (witness) => {
    at = witness;
    return tellMigration(witness.service, request);
  });
  // That took its time, perhaps: who looked since the first word may have ceased.
  await tellMigration({ id: resolution.service, name: resolution.name }, request);
  if (at && resolution.kept === 'afresh' && patched('debt-is-void')) await releaseSource(at, request);
  return resolution;
}

/** What began afresh at the destination needs no page of the source, which would owe them for ever. A cluster that is gone for ever is not asked. */
async function releaseSource({ service, ticket }: WitnessHere, { keep: side, forceLost }: ResolveRequest): Promise<void> {
  if (side !== 'destination' || !ticket || ticket.peer === forceLost) return;
  const { peer: cluster, epoch } = ticket;
  await startRetirement({ serviceId: service.id, name: service.name, cluster, epoch, untilMs: Date.now() + defaultRelayForMs, owesNothing: true });
}

/** One that hangs need not wait for the cluster that is gone to take its copy back. It may have ended long ago. */
async function tellMigration(service: WitnessHere['service'], { service: given, forceLost }: ResolveRequest): Promise<void> {
  if (forceLost === undefined) return;
  for (const id of new Set([given, service.name, service.id])) {
    try {
      await getExternalWorkflowHandle(migrationWorkflowId(id)).signal(lostSignal, forceLost);
    } catch {
      // No such migration is under way.
    }
  }
}

function check(input: unknown): ResolveRequest {
  try {
    return parseResolveRequest(input);
  } catch (error) {
    throw refusedBy(error);
  }
}
