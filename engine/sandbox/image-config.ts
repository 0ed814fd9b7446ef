import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { RefusedError } from '../../domain/errors';

const list = z.array(z.string()).nullish();
const imageConfigSchema = z.object({
  architecture: z.string().optional(),
  config: z
    .object({ Entrypoint: list, Cmd: list, Env: list, User: z.string().nullish(), WorkingDir: z.string().nullish(), StopSignal: z.string().nullish() })
    .nullish(),
});

/** What the image's author fixed about its process. */
export interface ImageConfig {
  entrypoint: string[];
  command: string[];
  env: string[];
  user: string;
  workdir: string;
}

/** Where the shared volume has an image, by the digest of its configuration. */
export function imageFiles(images: string, digest: string): { config: string; rootfs: string } {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
  if (!hex) {
    throw new RefusedError('bad-digest', `"${digest}" is not the digest of an image's configuration`, { next: 'give sha256: and 64 hexadecimal digits' });
  }
  return { config: join(images, 'oci', 'blobs', 'sha256', hex), rootfs: join(images, 'rootfs', hex) };
}

/** From the image's configuration (OCI or Docker's schema 2), a blob named by its digest. */
export async function readImageConfig(file: string): Promise<ImageConfig> {
  return parseImageConfig(JSON.parse(await readFile(file, 'utf8')));
}

export function parseImageConfig(json: unknown): ImageConfig {
  const { config } = imageConfigSchema.parse(json);
  return {
    entrypoint: config?.Entrypoint ?? [],
    command: config?.Cmd ?? [],
    env: config?.Env ?? [],
    user: config?.User ?? '',
    workdir: config?.WorkingDir ?? '',
  };
}
