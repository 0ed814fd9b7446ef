import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { RefusedError } from '../../domain/errors';
import type { Engine } from '../engine';
import { runExec } from '../exec/run';
import type { Trust } from '../identity/caller';
import { acceptFiles } from '../migration/accept-files';
import { authorize } from './authorize';
import { errorReply } from './error-reply';
import { parseExecHeader } from './schemas';

/** Requests that turn their connection into a stream of their own. */
export function upgrades(engine: Engine, trust: () => Trust) {
  return (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', (error) => engine.log.debug({ reason: error.message }, 'connection broke'));
    serve(request, socket, head).catch((error: unknown) => {
      const { status, body } = errorReply(error);
      engine.log.warn({ path: request.url, status, code: body.error.code, reason: body.error.message }, 'upgrade refused');
      if (!socket.writable) return;
      const text = JSON.stringify(body);
      socket.end(`HTTP/1.1 ${status} Refused\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`);
    });
  };

  async function serve(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    authorize(request, trust());
    const asked = `${request.method ?? ''} ${request.url ?? ''} ${request.headers.upgrade ?? ''}`;
    switch (asked) {
      case 'POST /v1/exec carryon-exec':
        return runExec(engine, parseExecHeader(request.headers['x-carryon-exec']), socket, head);
      case 'POST /v1/peer/rsync carryon-rsync':
        return acceptFiles(engine, request, socket, head);
      default:
        throw new RefusedError('not-found', `there is no upgrade for ${asked}`, { next: 'docs/INTERFACES.md lists the calls' });
    }
  }
}
