import { chmod, mkdir, stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { execa } from 'execa';
import { UnavailableError } from '../../domain/errors';
import { resolveInRoot } from './in-root';

export interface OverlayPaths {
  lower: string;
  upper: string;
  work: string;
  mountPoint: string;
}

/**
 * The application's root: the image below, the service's own layer above. The upper directory alone must say what changed, as it is
 * carried to another host: no index (it names inodes of this host), no redirects, no copies without data.
 */
const portable = ['index=off', 'redirect_dir=off', 'metacopy=off'];

export async function mountOverlay({ lower, upper, work, mountPoint }: OverlayPaths): Promise<void> {
  await Promise.all([upper, work, mountPoint].map((path) => mkdir(path, { recursive: true })));
  const options = [`lowerdir=${lower}`, `upperdir=${upper}`, `workdir=${work}`, ...portable].join(',');
  const { failed, stderr } = await execa('mount', ['-t', 'overlay', 'overlay', '-o', options, mountPoint], { reject: false });
  if (failed) {
    throw new UnavailableError('overlay-failed', `cannot mount the application's root file system: ${stderr.trim()}`, {
      next: 'the volume of /var/lib/carryon must be on a local file system such as ext4 or xfs, and the outer container needs CAP_SYS_ADMIN',
    });
  }
}

export async function unmountOverlay(mountPoint: string): Promise<void> {
  // Lazily: a process that is about to end may still be in it. Not mounted is as good.
  await execa('umount', ['--lazy', mountPoint], { reject: false });
}

/** Forgets what was looked up: files that a peer puts into the upper layer from now on are seen. */
export async function mountAfresh(paths: OverlayPaths): Promise<void> {
  await execa('umount', [paths.mountPoint]);
  await mountOverlay(paths);
}

/**
 * Copies the directories above these paths up, with nothing in them. A mount keeps the directory above it in the kernel's cache; were that one
 * of the image, files that a peer's copy puts beside the mount would stay unseen.
 */
export async function copyUpParents(mountPoint: string, paths: string[]): Promise<void> {
  const parents = new Set(paths.flatMap(ancestors));
  for (const parent of [...parents].sort()) {
    const path = await resolveInRoot(mountPoint, parent);
    const status = await stat(path).catch(() => undefined);
    if (status?.isDirectory()) await chmod(path, status.mode & 0o7777);
  }
}

function ancestors(path: string): string[] {
  const parent = posix.dirname(path);
  return parent === '/' || parent === '.' ? [] : [...ancestors(parent), parent];
}
