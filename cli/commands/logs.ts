import type { Command } from 'commander';
import { createInterface } from 'node:readline';
import type { App, CommonOptions } from '../app';
import { newCommand, withApp, type Runtime } from '../command';
import { parseLogLine } from '../output/log-line';
import { locateRunning } from '../service/locate';
import { UsageError } from '../usage-error';

interface Options extends CommonOptions {
  cluster?: string;
  follow?: boolean;
  tail?: number;
  timestamps?: boolean;
}

export function logsCommand(runtime: Runtime): Command {
  return newCommand('logs', 'what a service wrote, also before it was moved')
    .option('-f, --follow', 'go on with what it writes from now on')
    .option('-n, --tail <lines>', 'only the last lines', parseTail)
    .option('-t, --timestamps', 'with the time of each line')
    .option('--cluster <id>', 'look in this cluster only')
    .argument('<service>', 'name or UUID')
    .action((service: string, options: Options) => withApp(runtime, options, (app) => showLogs(app, service, options)));
}

async function showLogs(app: App, service: string, { cluster, follow = false, tail, timestamps = false }: Options): Promise<void> {
  const { orchestrator, outer } = await locateRunning(app, service, cluster);
  const stream = await orchestrator.engine(outer).logs({ follow, tail });
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
    const entry = parseLogLine(line);
    if (!entry) continue;
    if (app.json) app.io.stdout.write(`${JSON.stringify(entry)}\n`);
    else (entry.stream === 'stderr' ? app.io.stderr : app.io.stdout).write(`${timestamps ? `${entry.time} ` : ''}${entry.text}${entry.partial ? '' : '\n'}`);
  }
}

function parseTail(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new UsageError(`--tail: "${text}" is not a number of lines.`, 'Write for example --tail 100.');
}
