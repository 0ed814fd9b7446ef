import { execa } from 'execa';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UnavailableError } from '../domain/errors';
import { usedBothWays } from './both-ways';
import type { FileRoot } from './roots';
import { keepTail } from './tail';
import { parseProgress, parseStats, rsyncArguments, type RsyncStats } from './rsync-arguments';

/** "Some files vanished before they could be transferred": they were deleted meanwhile; the next pass knows. */
const vanished = 24;

export interface PushOptions {
  compareContents: boolean;
  /** NUL-terminated paths below the root; all of it, with deletions, when absent. */
  list?: string;
  bytesPerSecond?: number;
  onProgress?: (bytes: number) => void;
}

/** One rsync of one root over one connection, which it uses up. */
export async function pushRoot(peer: Duplex, root: FileRoot, options: PushOptions): Promise<RsyncStats> {
  const args = rsyncArguments(root, { compareContents: options.compareContents, listed: options.list !== undefined, bytesPerSecond: options.bytesPerSecond });
  const rsync = execa('rsync', args, {
    stdio: [options.list === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', 'pipe'], ...(options.list === undefined ? {} : { input: options.list }), buffer: false, reject: false,
  });
  const wire = usedBothWays(rsync.stdio[3] as unknown as Duplex);
  usedBothWays(peer);
  const both = [pipeline(peer, wire), pipeline(wire, peer)].map((each) => each.catch(() => undefined));
  const said = keepTail(rsync.stdout, (text) => {
    const bytes = parseProgress(text);
    if (bytes !== undefined) options.onProgress?.(bytes);
  });
  const complained = keepTail(rsync.stderr);
  peer.once('close', () => wire.destroy());
  const result = await rsync;
  wire.destroy();
  peer.destroy();
  await Promise.all(both);
  if (result.failed && result.exitCode !== vanished) {
    throw new UnavailableError('sync', `copying ${root.path} failed (rsync exit code ${result.exitCode ?? result.signal ?? 'none'}): ${await complained()}`, {
      next: 'If it says that there is no space, make room at the destination; otherwise the pass is tried again.',
    });
  }
  return parseStats(await said());
}
