import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UnavailableError, type CarryonError } from '../../domain/errors';
import { serviceIdentity } from '../../domain/names';
import { answeredError } from './answered-error';
import { checkIdentity } from './identity';

export interface EngineAddress {
  host: string;
  port: number;
  cluster: string;
  /** UUID; the certificate of the engine must name it. */
  service: string;
  /** PEM texts: own key and certificate, and the CA that must have signed the engine's. Asked for each connection. */
  credentials: () => Promise<{ key: string; cert: string; ca: string }>;
}

export interface CallOptions {
  body?: unknown;
  stream?: NodeJS.ReadableStream;
  timeoutMs: number;
  /** Answer when the engine says 204 or 404 without an error of its own; otherwise such an answer is an error. */
  absent?: null;
}

export interface Transport {
  readonly cluster: string;
  json<T>(method: string, path: string, options: CallOptions): Promise<T>;
  stream(path: string, options: { headersMs: number }): Promise<NodeJS.ReadableStream>;
  upgrade(path: string, protocol: string, headers: Record<string, string>): Promise<{ socket: Duplex; head: Buffer }>;
}

const connectMs = 5_000;

export function createTransport(address: EngineAddress): Transport {
  const open = async (method: string, path: string, headers: Record<string, string>): Promise<ClientRequest> => {
    const call = httpsRequest({ ...(await tlsOptions(address)), method, path, headers });
    call.on('socket', (socket) => {
      // Only for the connection: how long an answer may take is each call's own affair.
      const timer = setTimeout(() => call.destroy(new Error(`no connection within ${connectMs / 1000} s`)), connectMs);
      const connected = () => clearTimeout(timer);
      socket.once('secureConnect', connected).once('close', connected);
    });
    return call;
  };

  return {
    cluster: address.cluster,
    async json<T>(method: string, path: string, { body, stream, timeoutMs, absent }: CallOptions) {
      const call = await open(method, path, stream ? { 'content-type': 'application/x-tar' } : body === undefined ? {} : { 'content-type': 'application/json' });
      const timer = setTimeout(() => call.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
      try {
        const answered = answer(call, address);
        if (stream) await send(stream, call, answered);
        else call.end(body === undefined ? undefined : JSON.stringify(body));
        const response = await answered;
        const text = await textOf(response, address);
        if (absent === null && (response.statusCode === 204 || (response.statusCode === 404 && !text.includes('"code"')))) return absent as T;
        refuseFailure(response, text, address);
        return (text === '' ? {} : parsed(text, address)) as T;
      } finally {
        clearTimeout(timer);
      }
    },
    async stream(path, { headersMs }) {
      const call = await open('GET', path, {});
      const timer = setTimeout(() => call.destroy(new Error(`no answer within ${headersMs / 1000} s`)), headersMs);
      call.end();
      const response = await answer(call, address).finally(() => clearTimeout(timer));
      if ((response.statusCode ?? 500) >= 300) refuseFailure(response, await textOf(response, address), address);
      return response;
    },
    async upgrade(path, protocol, headers) {
      const call = await open('POST', path, { connection: 'Upgrade', upgrade: protocol, ...headers });
      return new Promise((resolve, reject) => {
        call.on('upgrade', (_response, socket, head) => resolve({ socket, head }));
        call.on('response', (response: IncomingMessage) => {
          textOf(response, address).then((text) => reject(answeredError(response.statusCode ?? 500, text, address.cluster)), reject);
        });
        call.on('error', (error) => reject(unreachable(error, address)));
        call.end();
      });
    },
  };
}

async function tlsOptions(address: EngineAddress): Promise<RequestOptions> {
  const { key, cert, ca } = await address.credentials();
  return {
    host: address.host,
    port: address.port,
    key,
    cert,
    ca,
    minVersion: 'TLSv1.3',
    // The engine's name is its identity in the certificate, whatever the address is.
    servername: '',
    checkServerIdentity: (_host, certificate) => checkIdentity(certificate.raw, serviceIdentity(address.cluster, address.service)),
    agent: false,
  };
}

/** Sends a body; when the engine answers before it is all sent (a refusal), that answer counts and not the broken pipe. */
async function send(body: NodeJS.ReadableStream, call: ClientRequest, answered: Promise<IncomingMessage>): Promise<void> {
  const sent = pipeline(body, call);
  sent.catch(() => undefined);
  await Promise.race([sent.catch(() => answered), answered]);
}

function answer(call: ClientRequest, address: EngineAddress): Promise<IncomingMessage> {
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    call.on('response', resolve);
    call.on('error', (error) => reject(unreachable(error, address)));
  });
  // Awaited later; until then a failure must not count as unhandled.
  answered.catch(() => undefined);
  return answered;
}

async function textOf(response: IncomingMessage, address: EngineAddress): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer);
  } catch (error) {
    throw unreachable(error as Error, address);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function refuseFailure(response: IncomingMessage, text: string, address: EngineAddress): void {
  const status = response.statusCode ?? 500;
  if (status < 200 || status >= 300) throw answeredError(status, text, address.cluster);
}

function parsed(text: string, address: EngineAddress): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unreachable(error as Error, address);
  }
}

/** OpenSSL's names for the time of a certificate. */
const untimely = ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'];

function unreachable(error: Error & { code?: string }, { host, port, cluster }: EngineAddress): CarryonError {
  if (error.code && untimely.includes(error.code)) {
    return new UnavailableError('certificate-untimely', `The engine at ${host}:${port} (cluster ${cluster}) has a certificate that does not count now: ${error.message}`, {
      cluster,
      next: `The coordinator of ${cluster} signs another one in time: does it run, and are the clocks of both hosts right?`,
      cause: error,
    });
  }
  return new UnavailableError('engine-unreachable', `The engine at ${host}:${port} (cluster ${cluster}) does not answer: ${error.message}`, {
    cluster,
    next: 'It may be starting again; if this stays, check that the outer container runs and that its port is open.',
    cause: error,
  });
}
