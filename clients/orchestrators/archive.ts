import { extract, pack, type Pack } from 'tar-stream';

/** Orchestrators give and take files as tar archives. */

export async function firstFile(archive: NodeJS.ReadableStream): Promise<string> {
  const unpack = extract();
  let text = '';
  archive.on('error', (error: Error) => unpack.destroy(error)).pipe(unpack);
  for await (const entry of unpack) {
    for await (const chunk of entry) text += (chunk as Buffer).toString('utf8');
  }
  return text;
}

/** One empty file. */
export function markArchive(name: string): Promise<Buffer> {
  const archive = pack();
  archive.entry({ name, mode: 0o644 }, '');
  return bytesOf(archive);
}

export async function bytesOf(archive: Pack): Promise<Buffer> {
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/**
 * Unpacking writes a file in place, so a reader could meet half of it. Each file is therefore unpacked under another name
 * and then hard-linked: a name is either absent or whole. The CA comes first, since the engine waits for both.
 */
export async function certificateArchive(files: { cert: string; ca: string }): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of [['ca.pem', files.ca], ['cert.pem', files.cert]] as const) {
    archive.entry({ name: `.${name}.new`, mode: 0o644 }, content);
    archive.entry({ name, type: 'link', linkname: `.${name}.new`, mode: 0o644 });
  }
  return bytesOf(archive);
}
