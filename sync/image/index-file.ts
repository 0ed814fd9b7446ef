import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { hexOf } from './digest';
import { withLock } from './lock';
import { findImage, indexSchema, manifestSchema, withImage, type Index, type Manifest } from './manifest';
import { exists, readBlobText, sync, type ImageStore } from './store';

export async function readIndex(store: ImageStore): Promise<Index> {
  if (!(await exists(store.index))) return { schemaVersion: 2, manifests: [] };
  return indexSchema.parse(JSON.parse(await readFile(store.index, 'utf8')));
}

/** Makes the image findable; everything that its manifest names is there already. */
export async function addToIndex(store: ImageStore, imageDigest: string, manifest: { digest: string; size: number }): Promise<void> {
  await withLock(store.lock('index'), async () => {
    await mkdir(store.oci, { recursive: true });
    await replace(store.layout, JSON.stringify({ imageLayoutVersion: '1.0.0' }));
    await replace(store.index, JSON.stringify(withImage(await readIndex(store), hexOf(imageDigest), manifest)));
    await sync(store.oci);
  });
}

/** Manifest of the image with this configuration, as text (its digest counts) and read. */
export async function manifestOf(store: ImageStore, imageDigest: string): Promise<{ text: string; manifest: Manifest } | undefined> {
  const found = findImage(await readIndex(store), hexOf(imageDigest));
  if (!found) return undefined;
  const text = await readBlobText(store, found.digest);
  return { text, manifest: manifestSchema.parse(JSON.parse(text)) };
}

async function replace(path: string, text: string): Promise<void> {
  await writeFile(`${path}.tmp`, text);
  await sync(`${path}.tmp`);
  await rename(`${path}.tmp`, path);
}
