import { execa } from 'execa';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CarryonError } from '../../domain/errors';
import { addToIndex } from './index-file';
import { mediaTypes, type Manifest } from './manifest';
import { withScratch } from './scratch';
import { exists, keepBlob, keepText, spool, sync, type ImageStore } from './store';

const attributes = ['--xattrs', '--xattrs-include=security.capability', '--xattrs-include=user.*'];
/** In an order of their own, and by numbers: the same tree gives the same digest. */
const reading = (root: string) => ['--create', '--one-file-system', '--numeric-owner', '--sort=name', ...attributes, '--directory', root, '.'];
const writing = (root: string) => ['--extract', '--numeric-owner', '--same-permissions', ...attributes, '--directory', root];

/**
 * An image of one layer, made of what is in `root`, for an orchestrator that hands out no images. It is read once: what goes into the layer
 * is unpacked at the same time.
 */
export async function keepRoot(store: ImageStore, root: string, config: object): Promise<{ imageDigest: string }> {
  return withScratch(store, async (scratch) => {
    const unpacked = join(scratch, 'rootfs');
    await mkdir(unpacked);
    const from = execa('tar', reading(root), { buffer: false });
    const to = execa('tar', writing(unpacked), { stdin: 'pipe', buffer: false });
    const copy = new PassThrough();
    from.stdout?.pipe(copy);
    const [layer] = await Promise.all([spool(copy, join(scratch, 'layer')), pipeline(from.stdout ?? copy, to.stdin ?? new PassThrough()), from, to]).catch(async (cause: unknown) => {
      for (const tar of [from, to]) tar.kill();
      await Promise.allSettled([from, to]);
      throw new CarryonError(`The root file system of the image cannot be copied: ${(cause as Error).message.slice(0, 300)}`, { code: 'image-unreadable', recovery: 'retry', cause, next: 'Is there room in the volume of images?' });
    });
    await keepBlob(store, layer);
    const kept = await keepText(store, JSON.stringify({ architecture: goArchitecture(), os: 'linux', config, rootfs: { type: 'layers', diff_ids: [layer.digest] } }));
    const manifest: Manifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, config: { mediaType: mediaTypes.config, ...kept }, layers: [{ mediaType: mediaTypes.tar, digest: layer.digest, size: layer.size }] };
    await addToIndex(store, kept.digest, await keepText(store, JSON.stringify(manifest)));
    const rootfs = store.rootfs(kept.digest);
    if (!(await exists(rootfs))) {
      await execa('sync', ['--file-system', unpacked]);
      await mkdir(store.rootfses, { recursive: true });
      await rename(unpacked, rootfs);
      await sync(store.rootfses);
    }
    return { imageDigest: kept.digest };
  });
}

/** As images spell it. */
const goArchitecture = () => (process.arch === 'x64' ? 'amd64' : process.arch);
