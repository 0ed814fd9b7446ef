import { generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { webcrypto } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openAuthority, type Authority } from '../../../clients/authority';
import { connectEngine } from '../../../clients/engine';
import { coordinatorCredentials } from '../../../clients/orchestrators/coordinator-credentials';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';

const directory = mkdtempSync(path.join(tmpdir(), 'carryon-engine-client-'));
const service = randomUUID();
const servers: Server[] = [];
let authority: Authority;

beforeAll(async () => {
  authority = await openAuthority(directory, 'edge');
});
afterAll(() => {
  servers.forEach((server) => server.close());
  rmSync(directory, { recursive: true });
});

/** A server with a certificate as an engine has it. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void, identity = service): Promise<number> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const cert = await authority.signEngine(await signingRequest(privateKey), identity);
  const server = createServer({ key: privateKey.export({ format: 'pem', type: 'pkcs8' }), cert, ca: authority.certificate, requestCert: true, rejectUnauthorized: true }, answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function signingRequest(key: KeyObject): Promise<string> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const privateKey = await webcrypto.subtle.importKey('pkcs8', key.export({ format: 'der', type: 'pkcs8' }), algorithm, true, ['sign']);
  const jwk = key.export({ format: 'jwk' });
  const publicKey = await webcrypto.subtle.importKey('jwk', { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y }, algorithm, true, ['verify']);
  return (await Pkcs10CertificateRequestGenerator.create({ name: 'CN=engine', keys: { privateKey, publicKey }, signingAlgorithm: algorithm })).toString('pem');
}

const engineAt = (port: number) => connectEngine({ host: '127.0.0.1', port, cluster: 'edge', service, credentials: coordinatorCredentials(() => Promise.resolve(authority)) });

describe('the client of an engine', () => {
  test('talks to the engine whose certificate names the service, by whatever address', async () => {
    const port = await serve((request, response) => response.end(JSON.stringify({ asked: `${request.method} ${request.url}` })));
    expect(await engineAt(port).status()).toEqual({ asked: 'GET /v1/status' });
  });

  test('does not talk to the engine of another service', async () => {
    let asked = 0;
    const port = await serve((_request, response) => {
      asked += 1;
      response.end('{}');
    }, randomUUID());
    await expect(engineAt(port).status()).rejects.toMatchObject({ code: 'engine-unreachable', message: expect.stringContaining(`not for carryon://edge/service/${service}`) });
    expect(asked).toBe(0);
  });

  test('does not talk to an engine that another authority has signed', async () => {
    const stranger = await openAuthority(mkdtempSync(path.join(directory, 'other-')), 'edge');
    const port = await serve((_request, response) => response.end('{}'));
    const client = connectEngine({ host: '127.0.0.1', port, cluster: 'edge', service, credentials: coordinatorCredentials(() => Promise.resolve(stranger)) });
    await expect(client.status()).rejects.toMatchObject({ code: 'engine-unreachable' });
  });

  test('gives up a connection that nobody accepts to speak on, as something to try again', async () => {
    const silent = createTcpServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    try {
      await expect(engineAt((silent.address() as AddressInfo).port).status()).rejects.toMatchObject({ recovery: 'retry', message: expect.stringContaining('no connection within 5 s') });
    } finally {
      silent.close();
    }
  }, 15_000);

  test('passes the errors of an engine on', async () => {
    const port = await serve((_request, response) => response.writeHead(409).end(JSON.stringify({ error: { code: 'already-migrating', message: 'busy', next: 'wait', recovery: 'refuse' } })));
    await expect(engineAt(port).step('handoff')).rejects.toMatchObject({ code: 'already-migrating', recovery: 'refuse', next: 'wait' });
  });

  test('learns why an image is refused although it is still being sent', async () => {
    const port = await serve((request, response) => {
      request.once('data', () => {
        response.writeHead(400, { connection: 'close' }).end(JSON.stringify({ error: { code: 'bad-image', message: 'not an image' } }), () => request.destroy());
      });
    });
    const endless = Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(65_536);
      })(),
    );
    await expect(engineAt(port).loadImage('x', endless)).rejects.toMatchObject({ code: 'bad-image' });
  });

  test('says that a broken answer can be asked for again', async () => {
    const port = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"a');
      setTimeout(() => response.destroy(), 50);
    });
    await expect(engineAt(port).status()).rejects.toMatchObject({ recovery: 'retry' });
  });

  test('knows that there is no migration', async () => {
    const port = await serve((_request, response) => response.end('null'));
    expect(await engineAt(port).migration()).toBeUndefined();
  });
});
