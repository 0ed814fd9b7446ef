import { execa } from 'execa';
import { UnavailableError } from '../../domain/errors';

/** One program to run, as data: plans are lists of these, and tests read them. */
export interface Command {
  argv: readonly [string, ...string[]];
  /** Text for its standard input. */
  input?: string;
  /** Message that means "it was so already": not a failure. */
  already?: RegExp;
}

/** Runs a command in the network namespace of the outer container; answers its standard output. */
export type Run = (command: Command) => Promise<string>;

export const command = (line: string, rest: Omit<Command, 'argv'> = {}): Command => ({ argv: line.split(' ') as [string, ...string[]], ...rest });

/** Sysctls are written as files: the path is resolved in the writer's own network namespace. */
export const sysctl = (name: string, value: string | number): Command => ({ argv: ['tee', `/proc/sys/${name}`], input: String(value) });

export const nft = (script: string): Command => ({ argv: ['nft', '-f', '-'], input: script });

/** @param prefix Command that leads into another network namespace; none in an outer container. */
export function createRun(prefix: readonly string[] = []): Run {
  return async ({ argv, input, already }) => {
    const [file, ...args] = [...prefix, ...argv] as [string, ...string[]];
    const result = await execa(file, args, { ...(input === undefined ? { stdin: 'ignore' } : { input }), reject: false, timeout: 30_000 });
    if (!result.failed) return result.stdout;
    const said = result.stderr.trim();
    if (already?.test(said) === true) return result.stdout;
    throw new UnavailableError('network', `"${argv.join(' ')}" failed (exit code ${result.exitCode ?? 'none'}): ${said.slice(-600) || 'it said nothing'}`, {
      cause: result,
      next: 'Look whether the outer container has the capability NET_ADMIN and the programs ip, nft and wg.',
    });
  };
}

export async function runAll(run: Run, commands: readonly Command[]): Promise<void> {
  for (const each of commands) await run(each);
}
