import { webcrypto } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { algorithm, day, selfSigned, serialNumber, x509 } from '../../../clients/authority/certificates';
import { writtenPrivateKey } from '../../../clients/authority/private-key';
import { createTransport } from '../../../clients/engine/transport';
import { serviceIdentity } from '../../../domain/names';

let server: Server | undefined;
afterEach(() => {
  server?.close();
});

/** An engine whose certificate counts from one of these days to the other. */
async function engineWith(from: number, to: number) {
  const [authority, own] = [await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']), await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])];
  const issuer = await selfSigned('CN=carryon edge', authority, day);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: 'CN=service s',
    issuer: issuer.subject,
    notBefore: new Date(Date.now() + from * day),
    notAfter: new Date(Date.now() + to * day),
    signingAlgorithm: algorithm,
    publicKey: own.publicKey,
    signingKey: authority.privateKey,
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'url', value: serviceIdentity('edge', 's') }])],
  });
  const pem = { key: await writtenPrivateKey(own.privateKey), cert: certificate.toString('pem') };
  const listening = (server = createServer(pem, (_request, response) => void response.end('{"ok":true}')));
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return createTransport({ host: '127.0.0.1', port: (listening.address() as AddressInfo).port, cluster: 'edge', service: 's', credentials: () => Promise.resolve({ ...pem, ca: issuer.toString('pem') }) });
}

const ask = async (from: number, to: number) => (await engineWith(from, to)).json('GET', '/', { timeoutMs: 5_000 });

describe("an engine's certificate", () => {
  it('counts in its time', async () => {
    expect(await ask(-1, 1)).toEqual({ ok: true });
  });

  it.each([
    ['has expired', -3, -1, 'certificate has expired'],
    ['is of the future, as another clock would have it', 1, 3, 'not yet valid'],
  ])('%s, and that is said', async (_what, from, to, words) => {
    await expect(ask(from, to)).rejects.toMatchObject({ code: 'certificate-untimely', recovery: 'retry', cluster: 'edge', message: expect.stringContaining(words), next: expect.stringContaining('clocks') });
  });
});
