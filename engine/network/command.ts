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

/** Sysctls are written as files: the path is resolved in the writer's own network namespace. Names that this kernel does not have are passed over. */
export const sysctls = (values: Record<string, string | number>): Command => ({
  argv: ['sh', '-ec', 'while read -r value name; do if [ -e "/proc/sys/$name" ]; then echo "$value" > "/proc/sys/$name"; fi; done'],
  input: Object.entries(values).map(([name, value]) => `${value} ${name}\n`).join(''),
});

/** Several `ip` commands (without `ip`) by one process; ends at the first that fails. */
export const ipBatch = (...lines: string[]): Command => ({ argv: ['ip', '-batch', '-'], input: lines.map((line) => `${line}\n`).join('') });

export const within = (netns: string, { argv, ...rest }: Command): Command => ({ ...rest, argv: ['nsenter', `--net=${netns}`, ...argv] });

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
