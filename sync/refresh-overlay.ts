import { execa } from 'execa';
import { readFile } from 'node:fs/promises';
import { UnavailableError } from '../domain/errors';

/**
 * Makes a mounted overlay see what was written into its upper directory behind its back: a remount drops what it has looked up before.
 * Directories and files that are in use stay as they are known. Harmless when nothing is mounted there.
 */
export async function refreshOverlay(mountPoint: string): Promise<void> {
  if (!isOverlay(await readFile('/proc/self/mountinfo', 'utf8'), mountPoint)) return;
  // The newer way to remount hands over the old options one by one, which overlay refuses.
  const result = await execa('mount', ['-o', 'remount', mountPoint], { env: { LIBMOUNT_FORCE_MOUNT2: 'always' }, reject: false });
  if (result.failed) {
    throw new UnavailableError('sync', `the files arrived, but the service would not see them all: remounting ${mountPoint} failed (exit code ${result.exitCode ?? 'none'}): ${result.stderr.trim().slice(-300)}`);
  }
}

export const isOverlay = (mountinfo: string, mountPoint: string) =>
  mountinfo.split('\n').some((line) => line.split(' ')[4] === mountPoint && / - overlay /.test(line));
