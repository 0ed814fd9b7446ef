import type { Command } from 'commander';
import { PassThrough } from 'node:stream';
import type { App, CommonOptions } from '../app';
import { newCommand, withApp, type Runtime } from '../command';
import { collect } from '../parse/collect';
import { parseEnv } from '../parse/env';
import { printResult } from '../output/print-result';
import { locateRunning } from '../service/locate';

interface Options extends CommonOptions {
  cluster?: string;
  interactive?: boolean;
  env?: string[];
  workdir?: string;
  user?: string;
}

export function execCommand(runtime: Runtime): Command {
  return newCommand('exec', 'run a command beside the application; ends with its exit code')
    .passThroughOptions()
    .option('-i, --interactive', 'pass the standard input on')
    .option('-e, --env <name[=value]>', 'environment (repeatable)', collect(String))
    .option('-w, --workdir <directory>', 'working directory')
    .option('-u, --user <user>', 'user or UID')
    .option('--cluster <id>', 'look in this cluster only')
    .argument('<service>', 'name or UUID')
    .argument('<command...>', 'program and arguments')
    .action((service: string, command: string[], options: Options) => withApp(runtime, options, (app) => runBeside(app, service, command, options)));
}

async function runBeside(app: App, service: string, command: string[], options: Options): Promise<number> {
  const { orchestrator, outer } = await locateRunning(app, service, options.cluster);
  const request = {
    command,
    ...(options.env && { env: parseEnv(options.env, app.io.env) }),
    ...(options.workdir && { workdir: options.workdir }),
    ...(options.user && { user: options.user }),
  };
  const stdin = options.interactive ? app.io.stdin : undefined;
  const engine = orchestrator.engine(outer);
  if (!app.json) return (await engine.exec(request, { stdin, stdout: app.io.stdout, stderr: app.io.stderr })).exitCode;

  const [stdout, stderr] = [new Kept(), new Kept()];
  const { exitCode } = await engine.exec(request, { stdin, stdout, stderr });
  printResult(app, { exitCode, stdout: stdout.text(), stderr: stderr.text() }, '');
  return exitCode;
}

class Kept extends PassThrough {
  private readonly chunks: Buffer[] = [];

  constructor() {
    super();
    this.on('data', (chunk: Buffer) => this.chunks.push(chunk));
  }

  text(): string {
    return Buffer.concat(this.chunks).toString('utf8');
  }
}
