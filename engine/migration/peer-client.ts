import { X509Certificate } from 'node:crypto';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { CarryonError, UnavailableError, type Recovery } from '../../domain/errors';
import { serviceIdentity } from '../../domain/names';
import { uriNames } from '../identity/caller';
import type { Credentials } from '../identity/credentials';
import type { Peer } from '../ports';
import { otherSide, type HeldTicket } from './tickets';

const connectWithinMs = 10_000;
/** Questions are answered at once; a discard is, too. What loops must not hang. */
const answerWithinMs = 30_000;
/** A stream may take as long as it takes, as long as something comes. */
const idleMs = 60_000;

/** The engine at the other side of a ticket: trusted by the CA that the ticket names, known by the URI in its certificate. */
export function peerClient(held: HeldTicket, credentials: () => Credentials | undefined, limits = { answerMs: answerWithinMs, idleMs }): Peer {
  const open = (method: string, path: string, headers: Record<string, string> = {}) => {
    const call = httpsRequest({ ...connection(held, credentials()), method, path, headers });
    call.on('socket', (socket) => {
      const timer = setTimeout(() => call.destroy(new Error(`no connection within ${connectWithinMs} ms`)), connectWithinMs);
      socket.once('secureConnect', () => clearTimeout(timer)).once('close', () => clearTimeout(timer));
    });
    return call;
  };
  const ask = (method: string, path: string, limit: Limit, body?: unknown) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const call = open(method, path, body === undefined ? {} : { 'content-type': 'application/json' });
      limit(call);
      call.once('response', resolve).once('error', (cause) => reject(unreachable(held, cause)));
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  const json = async (method: string, path: string, limitMs: number, body?: unknown) => {
    const response = await ask(method, path, within(limitMs), body);
    const text = await textOf(held, response);
    if (response.statusCode !== 200) throw answered(held, response.statusCode ?? 0, text);
    return JSON.parse(text) as unknown;
  };
  return {
    get: (path) => json('GET', path, limits.answerMs),
    post: (path, body, withinMs) => json('POST', path, withinMs ?? limits.answerMs, body),
    stream: async (path) => {
      const response = await ask('GET', path, idleFor(limits.idleMs));
      if (response.statusCode !== 200) throw answered(held, response.statusCode ?? 0, await textOf(held, response));
      return response;
    },
    upgrade: (path, protocol) =>
      new Promise<Duplex>((resolve, reject) => {
        const call = open('POST', path, { connection: 'Upgrade', upgrade: protocol });
        const begun = within(limits.answerMs)(call);
        call.once('upgrade', begun);
        call.once('upgrade', (_response, socket, head) => {
          if (head.length > 0) socket.unshift(head);
          resolve(socket);
        });
        call.once('response', (response: IncomingMessage) => {
          textOf(held, response).then((text) => reject(answered(held, response.statusCode ?? 0, text)), reject);
        });
        call.once('error', (cause) => reject(unreachable(held, cause)));
        call.end();
      }),
  };
}

type Limit = (call: ClientRequest) => void;

/** Until the answer is whole; what it returns ends the limit earlier. */
const within = (limitMs: number) => (call: ClientRequest) => {
  const timer = setTimeout(() => call.destroy(new Error(`no answer within ${limitMs} ms`)), limitMs);
  const over = () => clearTimeout(timer);
  call.once('close', over);
  return over;
};

const idleFor = (limitMs: number) => (call: ClientRequest) => {
  call.setTimeout(limitMs, () => call.destroy(new Error(`nothing came for ${limitMs} ms`)));
};

function connection(held: HeldTicket, own: Credentials | undefined): RequestOptions {
  if (!own) throw new UnavailableError('no-certificate', 'this engine has no certificate', { next: 'start the coordinator of this cluster' });
  const { reach, cluster, ca } = otherSide(held);
  const wanted = serviceIdentity(cluster, held.ticket.service);
  return {
    host: reach.host,
    port: reach.apiPort,
    key: own.key,
    cert: own.cert,
    ca,
    minVersion: 'TLSv1.3',
    agent: false,
    checkServerIdentity: (_host, certificate) => {
      const names = uriNames(new X509Certificate(certificate.raw));
      return names.includes(wanted) ? undefined : new Error(`the peer's certificate is for ${names.join(', ') || 'nobody'}, not for ${wanted}`);
    },
  };
}

async function textOf(held: HeldTicket, response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer);
  } catch (cause) {
    // It had begun to answer: that says nothing about our certificate.
    throw unreachable(held, new Error((cause as Error).message, { cause }));
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** In TLS 1.3 a refused client certificate shows only after the handshake, as an alert or a closed connection. */
const refusedUs: readonly string[] = ['ECONNRESET', 'EPIPE', 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN', 'ERR_SSL_TLSV1_ALERT_DECRYPT_ERROR', 'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE'];

function unreachable(held: HeldTicket, cause: NodeJS.ErrnoException): CarryonError {
  if (cause instanceof CarryonError) return cause;
  const { cluster, reach } = otherSide(held);
  const where = `the engine of cluster ${cluster} at ${reach.host}:${reach.apiPort}`;
  if (cause.code && refusedUs.includes(cause.code)) {
    return new UnavailableError('peer-does-not-trust-us', `${where} refused our certificate`, { cause, next: 'prepare that side too; if it is prepared, compare the CA in the ticket' });
  }
  return new UnavailableError('peer-unreachable', `${where} cannot be reached: ${cause.message}`, { cause, next: 'check that the port is open between the clusters' });
}

const recoveries: readonly Recovery[] = ['retry', 'roll-back', 'roll-forward', 'human', 'refuse'];

function answered(held: HeldTicket, status: number, text: string): CarryonError {
  let error: { code?: unknown; message?: unknown; next?: unknown; recovery?: unknown } = {};
  try {
    error = (JSON.parse(text) as { error?: typeof error }).error ?? {};
  } catch {
    // Not an engine's answer; the status has to do.
  }
  return new CarryonError(typeof error.message === 'string' ? error.message : `the peer answered ${status}`, {
    code: typeof error.code === 'string' ? error.code : 'peer-failed',
    recovery: recoveries.find((known) => known === error.recovery) ?? 'retry',
    cluster: otherSide(held).cluster,
    next: typeof error.next === 'string' ? error.next : undefined,
  });
}
