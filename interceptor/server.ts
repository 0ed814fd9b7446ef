import { setTimeout as pause } from 'node:timers/promises';
import Fastify from 'fastify';
import type { Logger } from 'pino';
import type { ServingCertificate } from '../clients/authority/serving';
import { admissionReview, answer, type AdmissionRequest, type AdmissionResponse } from './admission';

export interface Server {
  /** Resolves to the port. */
  listen(host: string, port: number): Promise<number>;
  /** Counts from the next connection on. */
  use(certificate: ServingCertificate): void;
  /** Whoever keeps a connection is told to make another, and answers under way are given, for a moment. */
  close(): Promise<void>;
}

export interface ServerOptions {
  certificate: ServingCertificate;
  /** By path. */
  reviews: Record<string, (request: AdmissionRequest) => Promise<AdmissionResponse>>;
  /** The API server knows the certificate. */
  ready: () => boolean;
  log: Logger;
}

/** An API server's objects are at most 1.5 MiB, and a review has one of them. */
const bodyLimit = 3 * 1024 * 1024;
/** Beyond what the API server waits. */
const requestTimeout = 15_000;
/** API servers keep connections: one that ends just when something is asked on it would refuse a pod. */
const drainMs = 1_500;
/** They also have some on which they have not asked anything yet, and these count as busy. */
const closeGraceMs = 1_000;

export function createServer({ certificate, reviews, ready, log }: ServerOptions): Server {
  const app = Fastify({ https: secrets(certificate), bodyLimit, requestTimeout });
  app.setErrorHandler((error: { statusCode?: number; message: string }, _request, reply) => {
    const status = error.statusCode ?? 500;
    // What a caller sent does not get into the log.
    log.warn({ status, reason: status < 500 ? 'not a review' : error.message }, 'request refused');
    return reply.status(status).send({ error: error.message });
  });
  let draining = false;
  app.addHook('onSend', async (_request, reply) => {
    if (draining) reply.header('connection', 'close');
  });
  app.get('/healthz', (_request, reply) => reply.status(ready() ? 200 : 503).send({ ready: ready() }));
  for (const [path, review] of Object.entries(reviews)) {
    app.post(path, async (request, reply) => {
      const parsed = admissionReview.safeParse(request.body);
      if (!parsed.success) return reply.status(400).send({ error: `not an AdmissionReview of admission.k8s.io/v1: ${parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}` });
      return answer(await review(parsed.data.request));
    });
  }
  return {
    listen: async (host, port) => {
      await app.listen({ host, port });
      return (app.server.address() as { port: number }).port;
    },
    use: (fresh) => app.server.setSecureContext(secrets(fresh)),
    close: async () => {
      draining = true;
      await pause(drainMs);
      const timer = setTimeout(() => app.server.closeAllConnections(), closeGraceMs);
      await app.close();
      clearTimeout(timer);
    },
  };
}

const secrets = ({ key, cert }: ServingCertificate) => ({ key, cert, minVersion: 'TLSv1.2' as const });
