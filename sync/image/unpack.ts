import { execa } from 'execa';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { MigrationFailedError } from '../../domain/errors';
import { hexOf } from './digest';
import { withLock } from './lock';
import { withScratch } from './scratch';
import { exists, sync, type ImageStore } from './store';

/** Root file system of an image, unpacked once for all services of the cluster; read-only by use (it is only ever an overlay's lower layer). */
export async function unpack(store: ImageStore, imageDigest: string): Promise<string> {
  const rootfs = store.rootfs(imageDigest);
  if (await exists(rootfs)) return rootfs;
  return withLock(store.lock(`unpack-${hexOf(imageDigest)}`), async () => {
    if (await exists(rootfs)) return rootfs;
    return withScratch(store, async (scratch) => {
      const unpacked = join(scratch, 'rootfs');
      const result = await execa('umoci', ['raw', 'unpack', '--image', `${store.oci}:${hexOf(imageDigest)}`, unpacked], { reject: false });
      if (result.failed) {
        throw new MigrationFailedError('bad-image', `the image cannot be unpacked (umoci exit code ${result.exitCode ?? 'none'}): ${result.stderr.trim().slice(-600)}`, {
          next: 'If it says that there is no space, make room in the volume of images; else load the image anew.',
        });
      }
      await execa('sync', ['--file-system', unpacked]);
      await mkdir(store.rootfses, { recursive: true });
      await rename(unpacked, rootfs);
      await sync(store.rootfses);
      return rootfs;
    });
  });
}
