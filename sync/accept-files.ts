import { execa } from 'execa';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UnavailableError } from '../domain/errors';
import { usedBothWays } from './both-ways';
import { daemonConfig } from './daemon-config';
import type { FileRoot } from './roots';
import { keepTail } from './tail';

/**
 * Destination's end of one rsync: resolves when the sender is done. The command is this side's own in every word; nothing that the peer
 * sends reaches a command line.
 * @param runDirectory Where the configuration lies meanwhile.
 * @param settle What has to be done with the files before the sender is told that it is over.
 */
export async function acceptFiles(peer: Duplex, roots: readonly FileRoot[], runDirectory: string, settle: () => Promise<void> = () => Promise.resolve()): Promise<void> {
  const config = daemonConfig(roots);
  for (const root of roots) await mkdir(root.path, { recursive: true });
  await mkdir(runDirectory, { recursive: true });
  const directory = await mkdtemp(join(runDirectory, 'rsync-'));
  try {
    await writeFile(join(directory, 'rsyncd.conf'), config, { mode: 0o600 });
    await serve(peer, join(directory, 'rsyncd.conf'));
    await flush(roots);
    await settle();
  } finally {
    // The sender's rsync waits for this end.
    peer.end();
    await rm(directory, { recursive: true, force: true });
  }
}

/** What the application had flushed at the source must outlast a loss of power here, as soon as this copy owns the service. */
async function flush(roots: readonly FileRoot[]): Promise<void> {
  const result = await execa('sync', ['-f', '--', ...roots.map((root) => root.path)], { reject: false });
  if (result.failed) throw new UnavailableError('sync', `received files cannot be brought to disk (sync exit code ${result.exitCode ?? 'none'}): ${result.stderr}`);
}

async function serve(peer: Duplex, config: string): Promise<void> {
  const rsync = execa('rsync', ['--server', '--daemon', `--config=${config}`, '.'], { stdin: 'pipe', buffer: false, reject: false });
  const complained = keepTail(rsync.stderr);
  if (!rsync.stdin || !rsync.stdout) throw new Error('rsync was started without pipes');
  usedBothWays(peer);
  pipeline(peer, rsync.stdin).catch(() => undefined);
  const outward = pipeline(rsync.stdout, peer, { end: false }).catch(() => undefined);
  const broke = new Promise<'broke'>((resolve) => peer.once('close', () => resolve('broke')));
  const ended = await Promise.race([rsync, broke]);
  // Without its peer rsync would wait for its time limit.
  if (ended === 'broke') rsync.kill('SIGTERM', { forceKillAfterTimeout: 2_000 });
  const result = await rsync;
  await outward;
  // What the peer may still say has nobody to read it.
  peer.resume();
  if (result.failed) {
    throw new UnavailableError('sync', `receiving files failed (rsync exit code ${result.exitCode ?? result.signal ?? 'none'}): ${await complained()}`);
  }
}
