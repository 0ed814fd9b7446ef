import type { Command } from 'commander';
import type { App, CommonOptions } from '../app';
import { newCommand, withApp, type Runtime } from '../command';
import { printResult } from '../output/print-result';
import { collect } from '../parse/collect';
import { detachUp, type ReadyMessage } from '../up/detach';
import { runUp } from '../up/run-up';

interface Options extends CommonOptions {
  detach?: boolean;
  cluster?: string[];
}

export function upCommand(runtime: Runtime): Command {
  return newCommand('up', 'run the coordinators, and Temporal where none answers; Ctrl-C stops them')
    .option('-d, --detach', 'in the background; `carryon down` stops them')
    .option('--cluster <id>', 'coordinate this cluster only (repeatable)', collect(String))
    .action((options: Options) => withApp(runtime, options, (app) => (options.detach ? inBackground(app, options.cluster) : here(app, options.cluster))));
}

async function inBackground(app: App, clusters: string[] = []): Promise<void> {
  const { pid, queues, log } = await detachUp(app, clusters);
  printResult(app, { pid, queues, log }, `working on ${queues.join(', ')} in the background (log: ${log}); stop with: carryon down`);
}

function here(app: App, clusters: string[] | undefined): Promise<void> {
  return runUp(app, {
    clusters,
    onReady: (queues) => {
      if (app.json) printResult(app, { ready: true, queues }, '');
      process.send?.({ ready: true, queues } satisfies ReadyMessage);
    },
  });
}
