import { z } from 'zod';
import { RefusedError } from '../../domain/errors';

const descriptor = z.object({ mediaType: z.string(), digest: z.string(), size: z.number().int().nonnegative(), annotations: z.record(z.string(), z.string()).optional() });
export type Descriptor = z.infer<typeof descriptor>;

export const manifestSchema = z.object({ schemaVersion: z.literal(2), mediaType: z.string().optional(), config: descriptor, layers: z.array(descriptor) });
export type Manifest = z.infer<typeof manifestSchema>;

export const indexSchema = z.object({ schemaVersion: z.literal(2), manifests: z.array(descriptor) });
export type Index = z.infer<typeof indexSchema>;

export const mediaTypes = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  tar: 'application/vnd.oci.image.layer.v1.tar',
  gzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const;

const refName = 'org.opencontainers.image.ref.name';

/** The index with this image in it, under the name of its configuration's digest. */
export function withImage(index: Index, name: string, manifest: { digest: string; size: number }): Index {
  const others = index.manifests.filter((each) => each.annotations?.[refName] !== name);
  return { ...index, manifests: [...others, { mediaType: mediaTypes.manifest, ...manifest, annotations: { [refName]: name } }] };
}

export const findImage = (index: Index, name: string) => index.manifests.find((each) => each.annotations?.[refName] === name);

export const archiveSchema = z.array(z.object({ Config: z.string(), RepoTags: z.array(z.string()).nullish(), Layers: z.array(z.string()) })).min(1);
export type ArchiveImage = z.infer<typeof archiveSchema>[number];

export const configSchema = z.object({ rootfs: z.object({ diff_ids: z.array(z.string()) }) });

/** Image of an archive that the user means; an archive with one image needs no name. */
export function chooseImage(images: readonly ArchiveImage[], ref: string): ArchiveImage {
  const [only] = images;
  if (only && images.length === 1) return only;
  const wanted = normal(ref);
  const found = images.find((image) => image.RepoTags?.some((tag) => normal(tag) === wanted));
  if (found) return found;
  const names = images.flatMap((image) => image.RepoTags ?? []).join(', ');
  throw new RefusedError('bad-image', `the archive holds ${images.length} images (${names}), none of them ${ref}`, { next: 'Save only the image that is meant.' });
}

function normal(ref: string): string {
  const short = ref.replace(/^(index\.)?docker\.io\//, '').replace(/^library\//, '');
  return /:[^/]+$/.test(short) ? short : `${short}:latest`;
}
