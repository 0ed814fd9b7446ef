import { execa } from 'execa';

/** Bytes on disk below the directories; files that vanish meanwhile are no failure, one that is missing counts nothing. */
export async function diskUsage(directories: string[]): Promise<number> {
  const { stdout } = await execa('du', ['--summarize', '--total', '--block-size=1', '--one-file-system', '--', ...directories], { reject: false });
  return totalOf(stdout);
}

export const totalOf = (output: string): number => Number(/^(\d+)\ttotal$/m.exec(output)?.[1] ?? 0);
