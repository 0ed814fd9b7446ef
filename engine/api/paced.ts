import { setTimeout as sleep } from 'node:timers/promises';
import { Readable } from 'node:stream';

/** Lets a stream through at no more than this; nobody waits for it but a preparation. No limit when absent. */
export function paced(stream: NodeJS.ReadableStream, bytesPerSecond: number | undefined): NodeJS.ReadableStream {
  return bytesPerSecond === undefined ? stream : Readable.from(evenly(stream, bytesPerSecond), { objectMode: false });
}

async function* evenly(stream: NodeJS.ReadableStream, bytesPerSecond: number): AsyncGenerator<Buffer> {
  const began = performance.now();
  let sent = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    const earlyMs = began + (sent * 1000) / bytesPerSecond - performance.now();
    if (earlyMs > 1) await sleep(earlyMs);
    sent += bytes.length;
    yield bytes;
  }
}
