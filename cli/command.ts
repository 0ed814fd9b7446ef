import { Command } from 'commander';
import { openApp, type App, type CommonOptions } from './app';
import type { Io } from './io';

/** Runs the program; a command sets the exit code of success here when it is not 0. */
export interface Runtime {
  io: Io;
  exit(code: number): void;
}

/** A command with the options that all of them have. */
export function newCommand(name: string, description: string): Command {
  return new Command(name).description(description).option('--config <file>', 'configuration file (default: carryon.yaml here or above)').option('--json', 'machine-readable output');
}

/** Calls a command's verb with the configuration read and its own options. */
export function withApp<Options extends CommonOptions>(runtime: Runtime, options: Options, act: (app: App, options: Options) => Promise<number | void>): Promise<void> {
  const app = openApp(runtime.io, options);
  return act(app, options).then((code) => {
    if (typeof code === 'number') runtime.exit(code);
  });
}
