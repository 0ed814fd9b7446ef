import { constants, open } from 'node:fs/promises';
import { resolveInRoot } from './in-root';
import type { UserFiles } from './user';

const mostBytes = 1024 * 1024;

/** The application may have put anything in their place, a pipe that never ends among others: only plain files of a sane size count. */
export async function readUserFiles(rootfs: string): Promise<UserFiles> {
  return { passwd: await readPlain(await resolveInRoot(rootfs, '/etc/passwd')), group: await readPlain(await resolveInRoot(rootfs, '/etc/group')) };
}

async function readPlain(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW).catch(() => undefined);
  if (!file) return '';
  try {
    const status = await file.stat();
    return status.isFile() && status.size <= mostBytes ? await file.readFile('utf8') : '';
  } finally {
    await file.close();
  }
}
