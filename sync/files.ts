import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { SyncStats } from '../domain/engine';
import { RefusedError } from '../domain/errors';
import type { ServiceSpec } from '../domain/service';
import { acceptFiles } from './accept-files';
import { pushFiles, type PushRequest } from './push-files';
import { refreshOverlay } from './refresh-overlay';
import { comparedRoots, rootsOf, type FilePlaces } from './roots';

export const rsyncPath = '/v1/peer/rsync';
export const rsyncProtocol = 'carryon-rsync';

export interface FilesOptions extends FilePlaces {
  /** tmpfs of the outer container. */
  runDirectory: string;
  /** Where the service's overlay is mounted while files arrive; `rootfs` in the run directory unless told otherwise. */
  mergedRoot?: string;
  /** Program that lists what is in directories, in the format that the native driver reads. */
  snapshotCommand: readonly [string, ...string[]];
}

export type PushLimits = Pick<PushRequest, 'bytesPerSecond' | 'onProgress'>;

/** What is needed of a peer engine: a connection that is a plain stream from its answer on. */
export interface FilesPeer {
  upgrade(path: string, protocol: string): Promise<Duplex>;
}

/** Files of the service between two outer containers, by connections between their engines. */
export function createFiles(options: FilesOptions) {
  return {
    push(peer: FilesPeer, spec: ServiceSpec, snapshot: string, { bytesPerSecond, onProgress }: PushLimits = {}): Promise<SyncStats> {
      return pushFiles({
        roots: rootsOf(spec, options), snapshot, snapshotCommand: options.snapshotCommand, snapshotRoots: comparedRoots(spec, options),
        connect: () => peer.upgrade(rsyncPath, rsyncProtocol), bytesPerSecond, onProgress,
      });
    },

    /** Answers the upgrade, then receives; resolves when the connection is over. The caller has authenticated the peer. */
    async accept(request: IncomingMessage, socket: Duplex, head: Buffer, spec: ServiceSpec): Promise<void> {
      if (request.headers.upgrade !== rsyncProtocol) {
        throw new RefusedError('bad-request', `an upgrade to ${rsyncProtocol} is needed`, { next: 'Use an engine of the same version on both sides.' });
      }
      const roots = rootsOf(spec, options);
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: ${rsyncProtocol}\r\n\r\n`);
      if (head.length > 0) socket.unshift(head);
      await acceptFiles(socket, roots, options.runDirectory, () => refreshOverlay(options.mergedRoot ?? join(options.runDirectory, 'rootfs')));
    },
  };
}
