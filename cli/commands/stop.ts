import { Option, type Command } from 'commander';
import { parseDuration } from '../../domain/quantities';
import type { App, CommonOptions } from '../app';
import { newCommand, withApp, type Runtime } from '../command';
import { printResult } from '../output/print-result';
import { claim } from '../service/claim';
import { locate } from '../service/locate';
import { asUsage } from '../usage-error';

interface Options extends CommonOptions {
  cluster?: string;
  time: number;
}

/** For the orchestrator, beyond the time that the service is given. */
const marginMs = 15_000;

export function stopCommand(runtime: Runtime): Command {
  return newCommand('stop', 'stop a service: SIGTERM, and SIGKILL after a time')
    .addOption(new Option('-t, --time <duration>', 'how long it may take').argParser(asUsage('--time', parseDuration)).default(10_000, '10s'))
    .option('--cluster <id>', 'look in this cluster only')
    .argument('<service>', 'name or UUID')
    .action((service: string, options: Options) => withApp(runtime, options, (app) => stopService(app, service, options)));
}

async function stopService(app: App, service: string, { cluster, time }: Options): Promise<void> {
  const found = await locate(app, service, cluster);
  const { orchestrator, outer } = found;
  const where = orchestrator.cluster;
  const giveFree = await claim(found, 'stop', time + marginMs);
  try {
    await orchestrator.stop(outer.service.id, time);
  } catch (error) {
    await giveFree().catch(() => undefined);
    throw error;
  }
  const exitCode = (await orchestrator.find(outer.service.id))?.exitCode;
  const { id, name } = outer.service;
  printResult(app, { id, name, cluster: where, state: 'exited', exitCode }, `${name} on ${where} is stopped${exitCode === undefined ? '' : ` (exit code ${exitCode})`}; carryon start ${name} starts it afresh`);
}
