import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { pack, type Pack } from 'tar-stream';

type File = { name: string; content?: string; type?: 'file' | 'directory' | 'symlink'; linkname?: string; mode?: number; uid?: number };

async function tarOf(files: File[]): Promise<Buffer> {
  const tar = pack();
  for (const { name, content = '', type = 'file', linkname, mode = 0o644, uid = 0 } of files) add(tar, { name, type, linkname, mode, uid, mtime: new Date(0) }, content);
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Only files take content, not even an empty one. */
const add = (tar: Pack, header: Parameters<Pack['entry']>[0], content: string | Buffer) => (header.type === 'file' ? tar.entry(header, content) : tar.entry(header));

const sha = (data: Buffer | string) => createHash('sha256').update(data).digest('hex');

export interface TestImage {
  layers: File[][];
  tags?: string[];
}

/** What `docker save` writes: before version 25 (directories; a repeated layer is a link), or since (an OCI layout as well; layers may be compressed). */
export async function archive(images: TestImage[], style: 'legacy' | 'oci' | 'oci-gzip'): Promise<{ tar: Buffer; configs: string[] }> {
  const files: (File & { data?: Buffer })[] = [];
  const manifest: { Config: string; RepoTags: string[] | null; Layers: string[] }[] = [];
  const written = new Map<string, string>();
  for (const image of images) {
    const layers = await Promise.all(image.layers.map(tarOf));
    const config = Buffer.from(JSON.stringify({
      architecture: 'amd64', os: 'linux', config: { Cmd: ['/bin/app'], Healthcheck: { Test: ['CMD', 'true'] } }, rootfs: { type: 'layers', diff_ids: layers.map((layer) => `sha256:${sha(layer)}`) },
    }));
    const names = layers.map((layer, i) => {
      const data = style === 'oci-gzip' ? gzipSync(layer) : layer;
      const digest = sha(data);
      const name = style === 'legacy' ? `${sha(`${digest}${i}`)}/layer.tar` : `blobs/sha256/${digest}`;
      const before = written.get(digest);
      if (style === 'legacy' && before !== undefined) files.push({ name, type: 'symlink', linkname: `../${before}` });
      else if (before === undefined) files.push({ name, data });
      written.set(digest, before ?? name);
      return name;
    });
    const configName = style === 'legacy' ? `${sha(config)}.json` : `blobs/sha256/${sha(config)}`;
    files.push({ name: configName, data: config });
    manifest.push({ Config: configName, RepoTags: image.tags ?? null, Layers: names });
  }
  files.push({ name: 'manifest.json', data: Buffer.from(JSON.stringify(manifest)) });
  if (style !== 'legacy') files.push({ name: 'oci-layout', data: Buffer.from('{"imageLayoutVersion":"1.0.0"}') }, { name: 'index.json', data: Buffer.from('{}') });
  const tar = pack();
  for (const { name, data, type = 'file', linkname } of files) add(tar, { name, type, linkname }, data ?? '');
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return { tar: Buffer.concat(chunks), configs: manifest.map(({ Config }) => `sha256:${Config.replace(/^.*\//, '').replace('.json', '')}`) };
}

export const streamOf = (data: Buffer) => Readable.from([data.subarray(0, 700), data.subarray(700)]);
