import { open, readdir, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

export interface LogOptions {
  follow: boolean;
  /** Lines from the end to begin with; all when absent. */
  tail?: number;
}

const chunkBytes = 64 * 1024;
const lookEveryMs = 200;

/** Lines of app.log and its rotations, oldest first; goes on with what comes, across rotations, when it follows. */
export function readLogs(path: string, options: LogOptions): Readable {
  const stop = new AbortController();
  const stream = Readable.from(lines(path, options, stop.signal), { objectMode: false });
  stream.once('close', () => stop.abort());
  return stream;
}

async function* lines(path: string, { follow, tail }: LogOptions, signal: AbortSignal): AsyncGenerator<Buffer> {
  const files = await openAll(path);
  let newest = files.at(-1);
  try {
    const skip = tail === undefined ? 0 : await bytesBefore(files, tail);
    yield* contents(files, skip);
    while (follow && !signal.aborted) {
      const next = await replaced(path, newest);
      // What was written before the rotation is read first.
      if (newest) yield* toEnd(newest);
      if (next) {
        await newest?.file.close();
        newest = next;
        files.push(next);
      } else {
        await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined);
      }
    }
  } finally {
    for (const { file } of files) await file.close().catch(() => undefined);
  }
}

interface OpenLog {
  file: FileHandle;
  inode: number;
  offset: number;
}

/** `app.log.2`, `app.log.1`, `app.log`. */
async function openAll(path: string): Promise<OpenLog[]> {
  const name = basename(path);
  const present = await readdir(dirname(path)).catch(() => []);
  const order = present
    .map((entry) => (entry === name ? 0 : Number(entry.startsWith(`${name}.`) ? entry.slice(name.length + 1) : NaN)))
    .filter((n) => Number.isInteger(n) && n >= 0)
    .sort((a, b) => b - a);
  const opened = await Promise.all(order.map((n) => openLog(join(dirname(path), n === 0 ? name : `${name}.${n}`))));
  return opened.filter((log) => log !== undefined);
}

async function openLog(path: string): Promise<OpenLog | undefined> {
  const file = await open(path, 'r').catch(() => undefined);
  return file && { file, inode: (await file.stat()).ino, offset: 0 };
}

/** Undefined while the path still leads to the file that is being read. */
async function replaced(path: string, newest: OpenLog | undefined): Promise<OpenLog | undefined> {
  const now = await stat(path).catch(() => undefined);
  return now && now.ino !== newest?.inode ? openLog(path) : undefined;
}

async function* contents(files: OpenLog[], skip: number): AsyncGenerator<Buffer> {
  let left = skip;
  for (const log of files) {
    const { size } = await log.file.stat();
    log.offset = Math.min(left, size);
    left -= log.offset;
    // What comes meanwhile is for those who follow.
    yield* toEnd(log, size);
  }
}

async function* toEnd(log: OpenLog, end = Infinity): AsyncGenerator<Buffer> {
  for (;;) {
    const wanted = Math.min(chunkBytes, end - log.offset);
    const { bytesRead, buffer } = await log.file.read(Buffer.alloc(wanted), 0, wanted, log.offset);
    if (bytesRead === 0) return;
    log.offset += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Bytes, over all files together, that come before the last `tail` lines. */
async function bytesBefore(files: OpenLog[], tail: number): Promise<number> {
  const sizes = await Promise.all(files.map(async ({ file }) => (await file.stat()).size));
  let before = sizes.reduce((sum, size) => sum + size, 0);
  let wanted = tail;
  for (let i = files.length - 1; i >= 0; i--) {
    const { start, missing } = await startOfLast((files[i] as OpenLog).file, sizes[i] as number, wanted);
    before -= (sizes[i] as number) - start;
    wanted = missing;
    if (wanted === 0) break;
  }
  return before;
}

/** Reads backwards until `wanted` line ends are behind, not counting the one at the very end. */
async function startOfLast(file: FileHandle, size: number, wanted: number): Promise<{ start: number; missing: number }> {
  if (wanted === 0) return { start: size, missing: 0 };
  let found = 0;
  for (let end = size; end > 0; end -= chunkBytes) {
    const from = Math.max(0, end - chunkBytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(end - from), 0, end - from, from);
    for (let i = bytesRead - 1; i >= 0; i--) {
      if (buffer[i] !== 0x0a || from + i === size - 1) continue;
      found += 1;
      if (found === wanted) return { start: from + i + 1, missing: 0 };
    }
  }
  return { start: 0, missing: size === 0 ? wanted : Math.max(0, wanted - found - 1) };
}
