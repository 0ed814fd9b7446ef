import { execa } from 'execa';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import type { SyncStats } from '../domain/engine';
import { beganAt, formatPass, passTime } from './pass-time';
import { pushRoot } from './push-root';
import { recentFiles } from './recent-files';
import type { FileRoot } from './roots';

export interface PushRequest {
  roots: readonly FileRoot[];
  /** A new connection to the peer's receiving end; each rsync uses one up. */
  connect: () => Promise<Duplex>;
  /** File that tells the native driver what the peer has. Written before anything is read, so that what changes meanwhile counts as changed. */
  snapshot: string;
  /** Program and arguments that write it to standard output; the roots in question follow. */
  snapshotCommand: readonly [string, ...string[]];
  /** Roots that the snapshot is about: those that the native driver compares. */
  snapshotRoots: readonly FileRoot[];
  /** No limit when absent. */
  bytesPerSecond?: number;
  onProgress?: (bytes: number) => void;
}

/**
 * One pass of the service's files to the peer, while the service runs.
 *
 * Passes go by size and time. The first of a migration then compares contents too, unless everything was new: the peer may hold files of
 * an earlier migration that was given up. Later ones compare the contents of what changed about the time of the pass before (recentFiles),
 * or all again when the wall clock was set since.
 */
export async function pushFiles(request: PushRequest): Promise<SyncStats> {
  const started = passTime();
  const passFile = `${request.snapshot}.pass`;
  const previous = beganAt(await readFile(passFile, 'utf8').catch(() => ''), started);
  await writeSnapshot(request);
  // Cleans the pages of mapped files: the next store to one shows in its time.
  await execa('sync', ['--file-system', ...request.roots.map((root) => root.path)]);
  const total = { bytes: 0, files: 0 };
  const push = async (root: FileRoot, compareContents: boolean, list?: string) => {
    const done = total.bytes;
    const stats = await pushRoot(await request.connect(), root, { compareContents, list, bytesPerSecond: request.bytesPerSecond, onProgress: (bytes) => request.onProgress?.(done + bytes) });
    total.bytes += stats.bytes;
    total.files += stats.files;
    return stats;
  };
  for (const root of request.roots) {
    // The list comes first, as only a whole pass gives directories their times again.
    const recent = previous === undefined || root.only !== undefined ? '' : await recentFiles(root, previous);
    if (recent.length > 0) await push(root, true, recent);
    const { allNew } = await push(root, false);
    if (previous === undefined && !allNew) await push(root, true);
  }
  await writeAtomically(passFile, formatPass(started));
  return { ...total, durationMs: passTime().monotonicMs - started.monotonicMs };
}

async function writeSnapshot({ snapshot, snapshotCommand: [file, ...args], snapshotRoots }: PushRequest): Promise<void> {
  const { stdout } = await execa(file, [...args, ...snapshotRoots.map((root) => root.path)], { encoding: 'buffer', stripFinalNewline: false, maxBuffer: 1 << 30 });
  await writeAtomically(snapshot, stdout);
}

async function writeAtomically(path: string, content: string | Buffer): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    await writeFile(temporary, content, { mode: 0o600 });
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}
