import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path/posix';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import { z } from 'zod';
import { CarryonError, RefusedError } from '../../domain/errors';
import { addToIndex } from './index-file';
import { archiveSchema, chooseImage, configSchema, mediaTypes, type Descriptor, type Manifest } from './manifest';
import { withScratch } from './scratch';
import { keepBlob, keepText, spool, type ImageStore, type Spooled } from './store';

interface Archive {
  files: Map<string, Spooled>;
  /** Docker before 25 writes a layer that it has written already as a link. */
  links: Map<string, string>;
}

/**
 * Takes an image from what `docker save` writes: with layers in directories (before Docker 25) or as an OCI layout (since); both carry
 * manifest.json. Configuration and layers are kept byte for byte, so the digest is the image's id at its orchestrator.
 */
export async function loadArchive(store: ImageStore, ref: string, tar: Readable): Promise<{ imageDigest: string }> {
  try {
    return await withScratch(store, (scratch) => keepImage(store, ref, tar, scratch));
  } catch (error) {
    throw error instanceof CarryonError || !isBadInput(error) ? error : damaged(`it cannot be read: ${(error as Error).message.slice(0, 300)}`, error);
  }
}

async function keepImage(store: ImageStore, ref: string, tar: Readable, scratch: string): Promise<{ imageDigest: string }> {
  const archive = await readArchive(tar, scratch);
  const image = chooseImage(archiveSchema.parse(await readJson(archive, 'manifest.json')), ref);
  const config = fileOf(archive, image.Config);
  const diffIds = configSchema.parse(await readJson(archive, image.Config)).rootfs.diff_ids;
  const layers = image.Layers.map((name) => fileOf(archive, name));
  const descriptors = await describeLayers(layers, diffIds);
  for (const file of new Map([config, ...layers].map((each) => [each.digest, each])).values()) await keepBlob(store, file);
  const manifest: Manifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, config: { mediaType: mediaTypes.config, digest: config.digest, size: config.size }, layers: descriptors };
  await addToIndex(store, config.digest, await keepText(store, JSON.stringify(manifest)));
  return { imageDigest: config.digest };
}

async function readArchive(tar: Readable, scratch: string): Promise<Archive> {
  const archive: Archive = { files: new Map(), links: new Map() };
  const entries = extract();
  const feeding = pipeline(tar, entries);
  feeding.catch(() => undefined);
  for await (const entry of entries as AsyncIterable<Readable & { header: Header }>) {
    const { name, type, linkname } = entry.header;
    const path = normalize(name);
    if (type === 'file' || type === 'contiguous-file') archive.files.set(path, await spool(entry, join(scratch, String(archive.files.size))));
    else {
      if (type === 'symlink' && linkname) archive.links.set(path, normalize(join(dirname(path), linkname)));
      entry.resume();
    }
  }
  await feeding;
  return archive;
}

function fileOf({ files, links }: Archive, name: string): Spooled {
  const path = normalize(name);
  const file = files.get(path) ?? files.get(links.get(path) ?? '');
  if (!file) throw damaged(`${name} is missing`);
  return file;
}

async function readJson(archive: Archive, name: string): Promise<unknown> {
  return JSON.parse(await readFile(fileOf(archive, name).path, 'utf8')) as unknown;
}

/** A layer must be the one that the configuration names: by the digest of its uncompressed content. */
async function describeLayers(layers: Spooled[], diffIds: string[]): Promise<Descriptor[]> {
  if (layers.length !== diffIds.length) throw damaged(`it has ${layers.length} layers, its configuration names ${diffIds.length}`);
  const descriptors: Descriptor[] = [];
  for (const [i, { path, digest, size }] of layers.entries()) {
    const mediaType = await layerType(path);
    const content = mediaType === mediaTypes.gzip ? await uncompressedDigest(path) : digest;
    if (content !== diffIds[i]) throw damaged(`layer ${i + 1} is ${content}, its configuration says ${diffIds[i]}`);
    descriptors.push({ mediaType, digest, size });
  }
  return descriptors;
}

async function layerType(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    if (buffer.readUInt16BE(0) === 0x1f8b) return mediaTypes.gzip;
    if (buffer.readUInt32LE(0) === 0xfd2fb528) {
      throw new RefusedError('bad-image', 'the image has layers compressed with zstd, which cannot be unpacked', { next: 'Rebuild or push the image with gzip layers.' });
    }
    return mediaTypes.tar;
  } finally {
    await file.close();
  }
}

async function uncompressedDigest(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), createGunzip(), hash);
  return `sha256:${hash.digest('hex')}`;
}

const damaged = (what: string, cause?: unknown) =>
  new RefusedError('bad-image', `this is not a whole image: ${what}`, { cause, next: 'Send what "docker save IMAGE" writes.' });

/** What a tar stream or JSON text that is none brings about; trouble with the disk is another matter. */
const isBadInput = (error: unknown) =>
  error instanceof SyntaxError || error instanceof z.ZodError || (error instanceof Error && /tar|zlib|header check|Unexpected end of data|Premature close/i.test(error.message));
