import type { Command } from 'commander';
import type { App, CommonOptions } from '../app';
import { newCommand, withApp, type Runtime } from '../command';
import { printResult } from '../output/print-result';
import { locate } from '../service/locate';

interface Options extends CommonOptions {
  cluster?: string;
}

export function startCommand(runtime: Runtime): Command {
  return newCommand('start', 'start a service again that was stopped, or has ended: afresh, with its files')
    .option('--cluster <id>', 'look in this cluster only')
    .argument('<service>', 'name or UUID')
    .action((service: string, options: Options) => withApp(runtime, options, (app) => startService(app, service, options)));
}

/** What begins there is its engine's to decide: one that has moved on relays, and starts nothing. */
async function startService(app: App, service: string, { cluster }: Options): Promise<void> {
  const { orchestrator, outer } = await locate(app, service, cluster);
  const where = orchestrator.cluster;
  const { id, name } = outer.service;
  const { state } = await orchestrator.engine(await orchestrator.deploy(outer.spec)).status();
  const told = outer.running ? 'runs already' : 'is started';
  printResult(app, { id, name, cluster: where, journal: state }, state === 'running' ? `${name} on ${where} ${told}` : `the outer container of ${name} on ${where} ${told}; its journal says ${state}: see carryon ps`);
}
