import type { Command } from 'commander';
import { holderText } from '../../domain/holder';
import { formatBytes } from '../../domain/quantities';
import type { PortMapping } from '../../domain/service';
import type { App, CommonOptions } from '../app';
import { newCommand, withApp, type Runtime } from '../command';
import { exitCodes } from '../exit-codes';
import { printError } from '../output/print-error';
import { printResult } from '../output/print-result';
import { table } from '../output/table';
import { survey, type Observation } from '../service/observe';
import { stateOf } from '../service/state';

export function psCommand(runtime: Runtime): Command {
  return newCommand('ps', 'list services, where they are and in which state')
    .option('--cluster <id>', 'of this cluster only')
    .action((options: CommonOptions & { cluster?: string }) => withApp(runtime, options, (app) => listServices(app, options.cluster)));
}

async function listServices(app: App, cluster: string | undefined): Promise<number> {
  const { observations, unreachable } = await survey(app.orchestrators(cluster));
  const rows = observations.map(describe).sort((one, other) => one.name.localeCompare(other.name) || one.cluster.localeCompare(other.cluster));
  printResult(app, rows, asTable(rows));
  for (const { error } of unreachable) printError(app.io, error, app.json);
  return unreachable.length > 0 ? exitCodes.unexpected : exitCodes.done;
}

type Row = ReturnType<typeof describe>;

export function describe(observation: Observation) {
  const { outer, status, orchestrator } = observation;
  return {
    name: outer.service.name,
    id: outer.service.id,
    cluster: orchestrator.cluster,
    state: stateOf(observation),
    journal: status?.state,
    epoch: status?.epoch,
    migration: status?.migration,
    holder: status?.holder,
    image: outer.spec.image,
    ports: outer.spec.ports,
    memoryBytes: status?.memoryBytes,
    relayedConnections: status?.relayedConnections,
    createdAt: outer.createdAt,
  };
}

function asTable(rows: Row[]): string {
  return table(
    ['NAME', 'CLUSTER', 'STATE', 'IMAGE', 'PORTS', 'MEMORY', 'EPOCH', 'HELD BY'],
    rows.map((row) => [
      row.name,
      row.cluster,
      row.state,
      row.image,
      row.ports.map(portText).join(',') || '-',
      row.memoryBytes ? formatBytes(row.memoryBytes) : '-',
      row.epoch === undefined ? '-' : String(row.epoch),
      row.holder ? holderText(row.holder) : '-',
    ]),
  );
}

const portText = ({ host, container, protocol }: PortMapping) => `${host}:${container}${protocol === 'udp' ? '/udp' : ''}`;
