import { Command } from 'commander';
import type { Runtime } from '../command';
import { bashCompletion } from '../completion/bash';
import { describeCommands, type Described } from '../completion/describe';
import { fishCompletion } from '../completion/fish';
import { zshCompletion } from '../completion/zsh';
import { oneOf } from '../parse/choice';

const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

const scripts: Record<Shell, (commands: Described[]) => string> = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

export function completionCommand(runtime: Runtime): Command {
  const command: Command = new Command('completion')
    .description('print a completion script')
    .argument('<shell>', shells.join(', '), oneOf('completion', shells))
    .action((shell: Shell) => void runtime.io.stdout.write(scripts[shell](describeCommands(command.parent ?? command))));
  return command;
}
