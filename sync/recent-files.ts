import { execa } from 'execa';
import type { FileRoot } from './roots';

/** Kernel timestamps are those of the last clock tick; a second is generous. */
const clockSlackMs = 1_000;

/**
 * Regular files of a root whose times are not older than the instant, as NUL-terminated paths below it.
 *
 * Why they matter: a store to a mapped file sets its time only when the page was clean. A file that was copied after such a store may have
 * been written to again since, with the same time; only its contents tell.
 */
export async function recentFiles(root: FileRoot, sinceMs: number): Promise<string> {
  const since = `@${((sinceMs - clockSlackMs) / 1000).toFixed(3)}`;
  const { stdout } = await execa('find', [root.path, '-ignore_readdir_race', '-xdev', '-type', 'f', '(', '-newermt', since, '-o', '-newerct', since, ')', '-printf', '%P\\0'], { stripFinalNewline: false });
  return stdout;
}
