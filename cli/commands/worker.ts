import type { Command } from 'commander';
import { clusterConfig } from '../../clients/config';
import type { App, CommonOptions } from '../app';
import { newCommand, withApp, type Runtime } from '../command';
import { note, printResult } from '../output/print-result';

interface Options extends CommonOptions {
  cluster: string;
}

export function workerCommand(runtime: Runtime): Command {
  return newCommand('worker', 'run the coordinator of one cluster against a Temporal that is there')
    .requiredOption('--cluster <id>', 'cluster to coordinate')
    .action((options: Options) => withApp(runtime, options, (app) => coordinate(app, options.cluster)));
}

async function coordinate(app: App, cluster: string): Promise<void> {
  clusterConfig(app.config, cluster);
  const { startWorkers } = await import('../../workers/start');
  const workers = await startWorkers({ config: app.config, clusters: [cluster], workflows: false, codeDirectory: __dirname });
  if (app.json) printResult(app, { ready: true, queues: workers.queues }, '');
  note(app, `working on ${workers.queues.join(', ')}`);
  const stop = () => void workers.stop().catch(() => undefined);
  process.once('SIGINT', stop).once('SIGTERM', stop);
  await workers.ended;
}
