const tailLength = 4_000;

/** Reads a program's output to its end, keeps the last of it; `seen` gets all. */
export function keepTail(stream: NodeJS.ReadableStream | null, seen?: (text: string) => void): () => string {
  let tail = '';
  stream?.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-tailLength);
    seen?.(text);
  });
  return () => tail.trim();
}
