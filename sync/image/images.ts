import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { RefusedError, UnavailableError } from '../../domain/errors';
import { addToIndex, manifestOf } from './index-file';
import { keepRoot } from './keep-root';
import { loadArchive } from './load-archive';
import { manifestSchema, type Manifest } from './manifest';
import { sweepScratch } from './scratch';
import { exists, imageStore, keepText, readBlobText, receiveBlob } from './store';
import { unpack } from './unpack';

export const imagePath = '/v1/peer/image';

/** What is needed of a peer engine. */
export interface ImagePeer {
  get(path: string): Promise<unknown>;
  stream(path: string): Promise<NodeJS.ReadableStream>;
}

const description = z.object({ manifest: z.string() });

/** Images of one cluster, in the volume that all its outer containers share. */
export function createImages(root: string) {
  const store = imageStore(root);
  return {
    rootfs: (digest: string) => store.rootfs(digest),

    /** The image's own configuration (entrypoint, environment, user …), as its author wrote it. */
    config: async (digest: string) => JSON.parse(await readBlobText(store, digest)) as unknown,

    async load(ref: string, tar: NodeJS.ReadableStream): Promise<{ imageDigest: string }> {
      const loaded = await loadArchive(store, ref, readable(tar));
      await unpack(store, loaded.imageDigest);
      return loaded;
    },

    keepRoot: (root: string, config: object) => keepRoot(store, root, config),

    /** True when the image can be used at once. */
    has: (digest: string) => exists(store.rootfs(digest)),

    /** Size of configuration and layers as they are kept and sent. */
    async bytes(digest: string): Promise<number> {
      const { manifest } = await known(digest);
      return parts(manifest).reduce((sum, part) => sum + part.size, 0);
    },

    async fetch(peer: ImagePeer, digest: string, onProgress?: (bytes: number) => void): Promise<void> {
      const { manifest: text } = description.parse(await peer.get(imagePath));
      const manifest = manifestSchema.parse(JSON.parse(text));
      if (manifest.config.digest !== digest) {
        throw new UnavailableError('wrong-image', `the peer offers image ${manifest.config.digest}, not ${digest}`, { next: 'The service was started anew meanwhile: migrate again.' });
      }
      let done = 0;
      for (const part of parts(manifest)) {
        if (!(await exists(store.blob(part.digest)))) await receiveBlob(store, readable(await peer.stream(`${imagePath}/${part.digest}`)), part);
        onProgress?.((done += part.size));
      }
      await addToIndex(store, digest, await keepText(store, text));
      await unpack(store, digest);
    },

    /** Answers a peer below /v1/peer/image: the manifest for an empty path, else one of the parts that it names, and nothing else. */
    async serve(digest: string, path: string): Promise<{ type: string; body: NodeJS.ReadableStream | string } | undefined> {
      const { text, manifest } = await known(digest);
      if (path === '') return { type: 'application/json', body: JSON.stringify({ manifest: text }) };
      const part = parts(manifest).find((each) => each.digest === path);
      return part && { type: 'application/octet-stream', body: createReadStream(store.blob(part.digest)) };
    },

    /** Removes leftovers of containers that died while they loaded an image, unless one is loading just now. */
    tidy: () => sweepScratch(store),
  };

  async function known(digest: string): Promise<{ text: string; manifest: Manifest }> {
    const found = await manifestOf(store, digest);
    if (!found) throw new RefusedError('image-missing', `the image ${digest} is not here`, { next: 'Load it with "carryon run", or migrate the service here again.' });
    return found;
  }
}

const parts = (manifest: Manifest) => [manifest.config, ...manifest.layers];

/** What Node gives is one already; wrapping it again would wait for events that have passed. */
const readable = (stream: NodeJS.ReadableStream) => (stream instanceof Readable ? stream : new Readable().wrap(stream));
