import { Command } from 'commander';
import { abortCommand } from './commands/abort';
import { completionCommand } from './commands/completion';
import { downCommand } from './commands/down';
import { execCommand } from './commands/exec';
import { initCommand } from './commands/init';
import { interceptorCommand } from './commands/interceptor';
import { logsCommand } from './commands/logs';
import { migrateCommand } from './commands/migrate';
import { operatorCommand } from './commands/operator';
import { planCommand } from './commands/plan';
import { psCommand } from './commands/ps';
import { resolveCommand } from './commands/resolve';
import { rmCommand } from './commands/rm';
import { runCommand } from './commands/run';
import { statusCommand } from './commands/status';
import { startCommand } from './commands/start';
import { stopCommand } from './commands/stop';
import { upCommand } from './commands/up';
import { workerCommand } from './commands/worker';
import type { Runtime } from './command';
import { version } from './version';

export function createProgram(runtime: Runtime): Command {
  const program = new Command('carryon')
    .description('Moves running containerized services between clusters, with memory, files and open connections.')
    .version(version)
    .enablePositionalOptions()
    .showHelpAfterError('(see carryon --help)')
    .addHelpText('after', exitCodeHelp);
  const commands = [
    ...[initCommand, upCommand, downCommand, workerCommand, interceptorCommand, operatorCommand],
    ...[runCommand, psCommand, logsCommand, execCommand, stopCommand, startCommand, rmCommand],
    ...[planCommand, migrateCommand, statusCommand, abortCommand, resolveCommand],
    completionCommand,
  ];
  for (const create of commands) program.addCommand(create(runtime));
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => void runtime.io.stdout.write(text),
      writeErr: (text) => void runtime.io.stderr.write(text),
    });
  }
  return program;
}

const exitCodeHelp = `
Exit codes: 0 done, 1 unexpected failure, or something did not answer: try again, 2 usage or configuration, 3 refused before anything was touched,
4 rolled back and the service still at the source, 5 needs a human, 6 abort came after the commit,
7 committed, then the destination was lost: the service goes on at the source from the freeze, 130 after Ctrl-C
(a migration goes on: carryon status). exec ends with the command's own code.`;
