import { RefusedError } from '../domain/errors';
import type { FileRoot } from './roots';

/** rsync expands %NAME% and reads line by line; nothing of that may stand in what we write. */
const unsafe = /[%\n\r\\[\]]/;

/**
 * Configuration of the receiving rsync. Its modules are the roots that this side computed itself; the sender chooses one by name, is locked
 * into it by chroot, and can only write.
 */
export function daemonConfig(roots: readonly FileRoot[]): string {
  return [
    'uid = 0',
    'gid = 0',
    'use chroot = yes',
    'numeric ids = yes',
    'munge symlinks = no',
    'read only = no',
    'write only = yes',
    'list = no',
    'reverse lookup = no',
    'forward lookup = no',
    'transfer logging = no',
    'refuse options = remove-source-files partial-dir temp-dir backup backup-dir suffix compare-dest copy-dest link-dest log-file copy-devices write-devices fake-super',
    'timeout = 120',
    ...roots.flatMap(moduleOf),
    '',
  ].join('\n');
}

function moduleOf({ name, path, only }: FileRoot): string[] {
  for (const text of [name, path, only ?? '']) {
    if (unsafe.test(text)) throw new RefusedError('bad-path', `"${text}" cannot be a path of synchronized files`, { next: 'Rename the volume.' });
  }
  return ['', `[${name}]`, `path = ${path}`, ...(only === undefined ? [] : [`filter = + /${only} - *`])];
}
