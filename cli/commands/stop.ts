import type { Command } from 'commander';
import { RefusedError } from '../../domain/errors';
import { parseDuration } from '../../domain/quantities';
import type { App, CommonOptions } from '../app';
import { newCommand, withApp, type Runtime } from '../command';
import { printResult } from '../output/print-result';
import { locate } from '../service/locate';
import { stateOf } from '../service/state';
import { asUsage } from '../usage-error';

interface Options extends CommonOptions {
  cluster?: string;
  time: number;
}

export function stopCommand(runtime: Runtime): Command {
  return newCommand('stop', 'stop a service: SIGTERM, and SIGKILL after a time')
    .option('-t, --time <duration>', 'how long it may take', asUsage('--time', parseDuration), 10_000)
    .option('--cluster <id>', 'look in this cluster only')
    .argument('<service>', 'name or UUID')
    .action((service: string, options: Options) => withApp(runtime, options, (app) => stopService(app, service, options)));
}

async function stopService(app: App, service: string, { cluster, time }: Options): Promise<void> {
  const found = await locate(app, service, cluster);
  const { orchestrator, outer } = found;
  const where = orchestrator.cluster;
  if (['migrating', 'arriving', 'owing'].includes(stateOf(found))) {
    throw new RefusedError('already-migrating', `${outer.service.name} on cluster ${where} is ${stateOf(found)}.`, {
      cluster: where,
      next: 'Wait for the migration (`carryon status`) or abort it (`carryon abort`) first.',
    });
  }
  await orchestrator.stop(outer.service.id, time);
  const exitCode = (await orchestrator.find(outer.service.id))?.exitCode;
  const { id, name } = outer.service;
  printResult(app, { id, name, cluster: where, state: 'exited', exitCode }, `${name} on ${where} is stopped${exitCode === undefined ? '' : ` (exit code ${exitCode})`}`);
}
