import type { Command } from 'commander';
import { clusterConfig, ConfigError } from '../../clients/config';
import type { App, CommonOptions } from '../app';
import { newCommand, withApp, type Runtime } from '../command';
import { note, printResult } from '../output/print-result';

interface Options extends CommonOptions {
  cluster: string;
}

export function operatorCommand(runtime: Runtime): Command {
  return newCommand('operator', 'run the operator of a cluster of Kubernetes: migrations as objects there')
    .requiredOption('--cluster <id>', 'cluster whose Migrations are followed')
    .action((options: Options) => withApp(runtime, options, (app) => operate(app, options.cluster)));
}

async function operate(app: App, id: string): Promise<void> {
  const cluster = clusterConfig(app.config, id);
  if (!cluster.kubernetes) throw new ConfigError('not-kubernetes', `Cluster ${id} is no cluster of Kubernetes.`, 'Name one that has `kubernetes` in carryon.yaml.');
  const { runOperator } = await import('../../operator/run');
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  await runOperator({
    cluster,
    temporal: app.config.temporal,
    signal: stopping.signal,
    log: (line) => note(app, `${new Date().toISOString()} ${line}`),
    onReady() {
      if (app.json) printResult(app, { ready: true, cluster: id }, '');
      note(app, `watching the migrations of ${id} in namespace ${cluster.kubernetes.namespace}`);
    },
  });
}
