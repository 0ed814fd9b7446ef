import { finished } from 'node:stream/promises';

const tailLength = 4_000;

/** Reads a program's output, keeps the last of it; `seen` gets all. The answer waits for its end, which may come after the program's. */
export function keepTail(stream: NodeJS.ReadableStream | null, seen?: (text: string) => void): () => Promise<string> {
  let tail = '';
  stream?.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-tailLength);
    seen?.(text);
  });
  const end = stream ? finished(stream).catch(() => undefined) : Promise.resolve();
  return async () => {
    await end;
    return tail.trim();
  };
}
