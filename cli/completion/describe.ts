import type { Command } from 'commander';

export interface Described {
  name: string;
  description: string;
  /** Long options, with the values they take where these are known. */
  options: { flag: string; description: string; takesValue: boolean }[];
}

/** The commands as completion scripts need them: read from the program itself, so that they never differ from it. */
export function describeCommands(program: Command): Described[] {
  return program.commands.map((command) => ({
    name: command.name(),
    description: command.description(),
    options: command.options.flatMap(({ long, description, required, optional }) => (long ? [{ flag: long, description, takesValue: required || optional }] : [])),
  }));
}
