import { mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UnavailableError } from '../../domain/errors';
import { hexOf } from './digest';
import { withScratch } from './scratch';

/** Paths in the volume that all outer containers of a cluster share. */
export function imageStore(root: string) {
  const oci = join(root, 'oci');
  return {
    oci,
    index: join(oci, 'index.json'),
    layout: join(oci, 'oci-layout'),
    blobs: join(oci, 'blobs', 'sha256'),
    blob: (digest: string) => join(oci, 'blobs', 'sha256', hexOf(digest)),
    /** Unpacked image, by the digest of its configuration; without the colon, which means something to overlay's options. */
    rootfs: (digest: string) => join(root, 'rootfs', hexOf(digest)),
    rootfses: join(root, 'rootfs'),
    scratch: join(root, 'scratch'),
    lock: (name: string) => join(root, `${name}.lock`),
  };
}

export type ImageStore = ReturnType<typeof imageStore>;

export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

export interface Spooled {
  path: string;
  digest: string;
  size: number;
}

/** Writes a stream to a file while its digest is taken. */
export async function spool(stream: Readable, path: string): Promise<Spooled> {
  const hash = createHash('sha256');
  let size = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      size += chunk.length;
      done(null, chunk);
    },
  });
  await pipeline(stream, meter, createWriteStream(path, { mode: 0o600 }));
  return { path, digest: `sha256:${hash.digest('hex')}`, size };
}

/** fsync, rename, fsync of the directory: a blob that has its name is complete, after any crash. */
export async function keepBlob(store: ImageStore, spooled: Spooled): Promise<void> {
  await mkdir(store.blobs, { recursive: true });
  await sync(spooled.path);
  await rename(spooled.path, store.blob(spooled.digest));
  await sync(store.blobs);
}

/** A blob from elsewhere: kept only when it is what it was said to be. */
export async function receiveBlob(store: ImageStore, stream: Readable, wanted: { digest: string; size: number }): Promise<void> {
  await withScratch(store, async (scratch) => {
    const spooled = await spool(stream, join(scratch, 'blob'));
    if (spooled.digest !== wanted.digest) {
      throw new UnavailableError('bad-blob', `a part of the image arrived damaged: ${spooled.size} of ${wanted.size} bytes, ${spooled.digest} instead of ${wanted.digest}`, {
        next: 'It is asked for again; if that does not help, load the image at the source anew.',
      });
    }
    await keepBlob(store, spooled);
  });
}

export async function keepText(store: ImageStore, text: string): Promise<{ digest: string; size: number }> {
  const content = Buffer.from(text);
  const wanted = { digest: `sha256:${createHash('sha256').update(content).digest('hex')}`, size: content.length };
  if (!(await exists(store.blob(wanted.digest)))) await receiveBlob(store, Readable.from([content]), wanted);
  return wanted;
}

export const readBlobText = (store: ImageStore, digest: string) => readFile(store.blob(digest), 'utf8');

export async function sync(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
