import { mkdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';

const state = process.env.CARRYON_CLUSTERS ?? '/var/lib/carryon-clusters';
/** Images and layers lie there as well. It takes what is written, no more. */
const diskBytes = 4 * 1024 ** 3;

/**
 * Where the daemon of a cluster keeps everything. A file system mounted below would not be seen by it: it mounts this directory onto itself.
 */
export const dataOf = (cluster: string) => path.join(state, cluster, 'data');
const imageOf = (cluster: string) => path.join(state, `${cluster}.img`);

/** Is there a file system of its own, that may be filled without harm to the machine? */
export async function hasSmallDisk(cluster: string): Promise<boolean> {
  const [own, above] = await Promise.all([stat(dataOf(cluster)), stat(path.dirname(dataOf(cluster)))]);
  return own.dev !== above.dev;
}

/** To be called before the clusters are started; needs a loop device for each. What is there already is hidden, not lost. */
export async function giveSmallDisks(clusters: readonly string[]): Promise<void> {
  for (const cluster of clusters) {
    await mkdir(dataOf(cluster), { recursive: true });
    if (await hasSmallDisk(cluster)) continue;
    await writeFile(imageOf(cluster), '');
    await truncate(imageOf(cluster), diskBytes);
    await execa('mkfs.ext4', ['-q', '-m', '0', imageOf(cluster)]);
    await execa('mount', ['-o', 'loop', imageOf(cluster), dataOf(cluster)]);
  }
}

/** When the clusters are down. */
export async function takeSmallDisks(clusters: readonly string[]): Promise<void> {
  for (const cluster of clusters) {
    if (!(await hasSmallDisk(cluster).catch(() => false))) continue;
    await execa('umount', [dataOf(cluster)]);
    await rm(imageOf(cluster), { force: true });
  }
}
