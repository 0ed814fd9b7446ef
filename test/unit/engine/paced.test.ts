import { describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import { paced } from '../../../engine/api/paced';

const chunks = () => Readable.from(Array.from({ length: 8 }, (_, index) => Buffer.alloc(1000, index)), { objectMode: false });
async function read(stream: NodeJS.ReadableStream) {
  const began = performance.now();
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(Buffer.from(part));
  return { bytes: Buffer.concat(parts), ms: performance.now() - began };
}

describe('a paced stream', () => {
  it('brings everything, at no more than its rate', async () => {
    const { bytes, ms } = await read(paced(chunks(), 20_000));
    expect(bytes).toEqual((await read(chunks())).bytes);
    expect(ms).toBeGreaterThan(300);
  });

  it('is the stream itself without a limit', () => {
    const stream = chunks();
    expect(paced(stream, undefined)).toBe(stream);
  });
});
