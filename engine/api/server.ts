import type { Server } from 'node:https';
import type { TLSSocket } from 'node:tls';
import Fastify, { type FastifyInstance } from 'fastify';
import { RefusedError } from '../../domain/errors';
import type { Engine } from '../engine';
import type { Credentials } from '../identity/credentials';
import type { Trust } from '../identity/caller';
import type { Shared } from '../migration/shared';
import { authorize } from './authorize';
import { errorReply } from './error-reply';
import { migrationRoutes } from './migration-routes';
import { peerRoutes } from './peer-routes';
import { serviceRoutes } from './service-routes';
import { upgrades } from './upgrades';

export interface ApiSetting {
  engine: Engine;
  shared: Shared;
  credentials: Credentials;
  /** Read for each request. */
  trust: () => Trust;
}

export interface Api {
  listen(host: string, port: number): Promise<void>;
  /** New certificate, CA or ticket: counts from the next connection on; requests on older ones are judged anew by `trust`. */
  renew(credentials: Credentials): void;
  /** Answers under way get `graceMs`; then what still streams is cut. */
  close(graceMs: number): Promise<void>;
}

/** A specification or ticket is a few kilobytes; images and files come as streams. */
const bodyLimit = 4 * 1024 * 1024;

export function createApi({ engine, shared, credentials, trust }: ApiSetting): Api {
  const app = Fastify({
    https: { ...secureContext(credentials, trust()), requestCert: true, rejectUnauthorized: true },
    bodyLimit,
    // Images and long steps take as long as they take.
    requestTimeout: 0,
    connectionTimeout: 0,
    loggerInstance: undefined,
  });
  const sockets = trackSockets(app.server);
  app.addHook('onRequest', (request, _reply, done) => {
    try {
      authorize(request.raw, trust());
      done();
    } catch (error) {
      done(error as Error);
    }
  });
  app.setErrorHandler((error, request, reply) => {
    const { status, body } = errorReply(error);
    // The route without its query: nothing that a caller typed gets into the log.
    const line = { method: request.method, route: request.routeOptions.url, status, code: body.error.code, reason: body.error.message };
    if (status >= 500) engine.log.error(line, 'request failed');
    else engine.log.warn(line, 'request refused');
    return reply.status(status).send(body);
  });
  app.setNotFoundHandler((request) => {
    throw new RefusedError('not-found', `there is no ${request.method} ${request.url}`, { next: 'docs/INTERFACES.md lists the calls' });
  });
  acceptStreams(app);
  serviceRoutes(app, engine);
  migrationRoutes(app, engine, shared);
  peerRoutes(app, engine, shared);
  app.server.on('upgrade', upgrades(engine, trust));
  return {
    listen: async (host, port) => void (await app.listen({ host, port })),
    renew: (fresh) => (app.server).setSecureContext(secureContext(fresh, trust())),
    close: async (graceMs) => {
      const timer = setTimeout(() => sockets.forEach((socket) => socket.destroy()), graceMs);
      await app.close();
      clearTimeout(timer);
    },
  };
}

/** Connections that follow a log or run a command would keep `close` waiting. */
function trackSockets(server: Server): ReadonlySet<TLSSocket> {
  const sockets = new Set<TLSSocket>();
  server.on('secureConnection', (socket: TLSSocket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}

function secureContext({ key, cert, ca }: Credentials, { peer }: Trust) {
  return { key, cert, ca: [ca, ...(peer ? [peer.ca] : [])], minVersion: 'TLSv1.3' as const };
}

/** Anything that is not JSON is handed on as it comes. */
function acceptStreams(app: FastifyInstance): void {
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
}
