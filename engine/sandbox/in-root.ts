import { lstat, readlink } from 'node:fs/promises';
import { join, posix } from 'node:path';

const mostLinks = 40;

/**
 * Where a path of the nested container lies here. Symbolic links are followed as the container would follow them: an image cannot lead us
 * out of its root. What does not exist (yet) is taken as it is written. Only for a root that nothing runs in.
 */
export async function resolveInRoot(root: string, path: string): Promise<string> {
  let pending = posix.normalize(`/${path}`).split('/').filter(Boolean);
  let reached: string[] = [];
  for (let links = 0; pending.length > 0; ) {
    const [name = '', ...rest] = pending;
    pending = rest;
    if (name === '..') {
      reached = reached.slice(0, -1);
      continue;
    }
    if (name === '.') continue;
    const target = await linkTarget(join(root, ...reached, name));
    if (target === undefined) {
      reached = [...reached, name];
      continue;
    }
    if (++links > mostLinks) throw new Error(`too many symbolic links in ${path}`);
    if (target.startsWith('/')) reached = [];
    pending = [...target.split('/').filter(Boolean), ...pending];
  }
  return join(root, ...reached);
}

async function linkTarget(path: string): Promise<string | undefined> {
  try {
    return (await lstat(path)).isSymbolicLink() ? await readlink(path) : undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
