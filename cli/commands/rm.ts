import type { Command } from 'commander';
import type { EngineStatus } from '../../domain/engine';
import { RefusedError, UnavailableError } from '../../domain/errors';
import { holderText } from '../../domain/holder';
import type { App, CommonOptions } from '../app';
import { newCommand, withApp, type Runtime } from '../command';
import { note, printResult } from '../output/print-result';
import { claim } from '../service/claim';
import { locate } from '../service/locate';
import type { Observation } from '../service/observe';
import { stateOf } from '../service/state';
import { takeFromMigration } from '../service/take-from-migration';

interface Options extends CommonOptions {
  cluster?: string;
  volumes?: boolean;
  force?: boolean;
}

/** The orchestrator may take its time; from then on a migration may come again. */
const removalMs = 120_000;

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function rmCommand(runtime: Runtime): Command {
  return newCommand('rm', 'remove a stopped service, or what a migration left; its volumes stay')
    .option('--volumes', 'remove its volumes and their data too (not those that existed before the service)')
    .option('-f, --force', 'even when it runs, relays connections or is needed by a migration')
    .option('--cluster <id>', 'remove what this cluster has of it')
    .argument('<service>', 'name or UUID')
    .action((service: string, options: Options) => withApp(runtime, options, (app) => removeService(app, service, options)));
}

async function removeService(app: App, service: string, options: Options): Promise<void> {
  const { cluster, volumes = false, force = false } = options;
  // After its outer container is gone, volumes are found by the UUID alone.
  if (cluster && volumes && uuid.test(service) && !(await app.orchestrator(cluster).find(service))) {
    await app.orchestrator(cluster).remove(service, { volumes });
    return printResult(app, { id: service, cluster, volumes }, `volumes of ${service} are removed from ${cluster}`);
  }
  const found = await locate(app, service, cluster);
  if (force) await takeFromMigration(app, found);
  else refuseNeeded(found);
  const { orchestrator, outer } = found;
  // With --force also where its engine does not answer.
  if (found.status) await claim(found, 'rm', removalMs, { force }).catch((error: unknown) => refuseUnlessEnded(found, error));
  await orchestrator.remove(outer.service.id, { volumes, container: outer.id });
  const { id, name } = outer.service;
  if (volumes && !cluster) await removeStaleVolumes(app, id, orchestrator.cluster);
  printResult(app, { id, name, cluster: orchestrator.cluster, volumes }, `${name} is removed from ${orchestrator.cluster}${volumes ? ', with its volumes' : ''}`);
}

/** A relay that nobody needs any more may end between two questions; there is nothing left then that could be held. */
async function refuseUnlessEnded({ orchestrator, outer }: Observation, error: unknown): Promise<void> {
  const now = error instanceof UnavailableError ? await orchestrator.find(outer.service.id) : outer;
  if (now?.id === outer.id && now.running) throw error;
}

/** Former sources keep the volumes of a service that has moved on; with the service itself these go too, unless something of it is still there. */
async function removeStaleVolumes(app: App, service: string, removedFrom: string): Promise<void> {
  for (const other of app.orchestrators().filter(({ cluster }) => cluster !== removedFrom)) {
    try {
      if (!(await other.find(service))) await other.remove(service, { volumes: true });
    } catch (error) {
      note(app, `warning: what ${other.cluster} may still have of its volumes stays: ${(error as Error).message}`);
    }
  }
}

/** Removing without a question is for what nobody needs. */
function refuseNeeded(found: Observation): void {
  const why = whyNeeded(found);
  if (!why) return;
  const { outer, orchestrator } = found;
  throw new RefusedError('service-needed', `${outer.service.name} on cluster ${orchestrator.cluster} ${why.reason}.`, {
    cluster: orchestrator.cluster,
    next: why.next,
  });
}

function whyNeeded({ outer, status }: Observation): { reason: string; next: string } | undefined {
  if (!outer.running) return undefined;
  const name = outer.service.name;
  switch (status?.state) {
    case 'absent':
    case 'retired':
    case 'discarded':
      return undefined;
    case 'running':
      return { reason: 'is running', next: `Stop it first: carryon stop ${name}, or remove it with --force.` };
    case 'relaying':
      if (status.relayedConnections === 0) return undefined;
      return { reason: `still relays ${status.relayedConnections} connections of clients`, next: 'Wait until they end, or cut them with --force.' };
    case 'owing':
      return { reason: `still holds memory that the service needs at its destination${holderOf(status)}`, next: 'Wait until it is relaying. When the service began afresh at its destination after a loss, nobody needs it: --force.' };
    case undefined:
      return { reason: 'does not answer, so what it holds is not known', next: 'Try again, or remove it with --force if you know that nothing needs it.' };
    case 'armedS':
    case 'frozen':
    case 'handedOff':
    case 'armedD':
    case 'gated':
    case 'waiting':
      return { reason: `is ${stateOf({ outer, status })}${holderOf(status)}`, next: `Wait for it (carryon status ${name}), or take it back (carryon abort ${name}); --force takes it back itself, as long as it is not committed.` };
  }
}

const holderOf = ({ holder }: EngineStatus) => (holder ? `: it is held by ${holderText(holder)}` : '');
