import { extract, pack, type Pack } from 'tar-stream';

/** The daemon gives and takes files as tar archives. */

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
