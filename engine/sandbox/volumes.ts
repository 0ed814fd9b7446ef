import { readdir, stat } from 'node:fs/promises';
import { execa } from 'execa';
import { resolveInRoot } from './in-root';

/** As Docker does: a new, empty volume begins with what the image has at its place, owner and mode included. */
export async function fillNewVolume(rootfs: string, volume: { source: string; destination: string }): Promise<void> {
  if ((await readdir(volume.source)).some((name) => name !== 'lost+found')) return;
  const inImage = await resolveInRoot(rootfs, volume.destination);
  if (!(await stat(inImage).catch(() => undefined))?.isDirectory()) return;
  await execa('cp', ['--archive', '--no-target-directory', inImage, volume.source]);
}
