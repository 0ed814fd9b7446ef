import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { RefusedError } from '../../domain/errors';
import { identifyCaller, type Trust } from '../identity/caller';

/** Peers get to /v1/peer/ only, coordinators everywhere. */
export function authorize(request: IncomingMessage, trust: Trust): void {
  const socket = request.socket;
  // Looked at per request: a connection may be older than the ticket that now counts.
  const certificate = socket instanceof TLSSocket && socket.authorized ? socket.getPeerX509Certificate() : undefined;
  const caller = identifyCaller(certificate, trust);
  if (!caller) throw new RefusedError('forbidden', 'this certificate names nobody whom this engine knows', { next: 'use the coordinator of this cluster, or prepare a migration first' });
  if (caller.kind === 'peer' && !request.url?.startsWith('/v1/peer/')) {
    throw new RefusedError('forbidden', 'a peer engine may only use /v1/peer/', { next: 'ask the coordinator of this cluster' });
  }
}
