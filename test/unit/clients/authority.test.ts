import { X509Certificate, createPrivateKey, generateKeyPairSync, webcrypto } from 'node:crypto';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { expiryOf, openAuthority } from '../../../clients/authority';
import { temporaryDirectory } from '../cli/temporary-directory';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';

const day = 86_400_000;

async function request(): Promise<string> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  return (await Pkcs10CertificateRequestGenerator.create({ name: 'CN=I am the coordinator', keys, signingAlgorithm: algorithm })).toString('pem');
}

describe('the authority of a cluster', () => {
  test('is made once; its key is for the owner alone', async () => {
    const directory = temporaryDirectory();
    const [one, two] = await Promise.all([openAuthority(directory, 'edge'), openAuthority(directory, 'edge')]);
    expect(one.certificate).toBe(two.certificate);
    expect((await openAuthority(directory, 'edge')).certificate).toBe(one.certificate);
    expect(readdirSync(path.join(directory, 'edge')).sort()).toEqual(['ca.key', 'ca.pem']);
    expect(statSync(path.join(directory, 'edge/ca.key')).mode & 0o777).toBe(0o600);
    expect(statSync(path.join(directory, 'edge')).mode & 0o777).toBe(0o700);
    expect(new X509Certificate(one.certificate).ca).toBe(true);
  });

  test('differs from that of another cluster', async () => {
    const directory = temporaryDirectory();
    const [edge, cloud] = await Promise.all([openAuthority(directory, 'edge'), openAuthority(directory, 'cloud')]);
    const issued = new X509Certificate((await edge.issueCoordinator()).cert);
    expect(issued.verify(new X509Certificate(edge.certificate).publicKey)).toBe(true);
    expect(issued.verify(new X509Certificate(cloud.certificate).publicKey)).toBe(false);
  });

  test('says what to do when its key is damaged', async () => {
    const directory = temporaryDirectory();
    await openAuthority(directory, 'edge');
    writeFileSync(path.join(directory, 'edge/ca.key'), 'nonsense');
    await expect(openAuthority(directory, 'edge')).rejects.toMatchObject({ code: 'authority-damaged', next: expect.stringContaining('backup') });
  });
});

describe("an engine's certificate", () => {
  test('names the service that the coordinator says, whatever the request says', async () => {
    const authority = await openAuthority(temporaryDirectory(), 'edge');
    const cert = new X509Certificate(await authority.signEngine(await request(), 'uuid-1'));
    expect(cert.subjectAltName).toBe('URI:carryon://edge/service/uuid-1');
    expect(cert.subject).not.toContain('coordinator');
    expect(cert.ca).toBe(false);
    expect(cert.checkIssued(new X509Certificate(authority.certificate))).toBe(true);
  });

  test('began a day ago, for clocks that are behind, and ends in 90 days', async () => {
    const authority = await openAuthority(temporaryDirectory(), 'edge');
    const pem = await authority.signEngine(await request(), 'uuid-1');
    expect(Date.parse(new X509Certificate(pem).validFrom)).toBeLessThan(Date.now() - 0.9 * day);
    expect(expiryOf(pem)?.getTime()).toBeGreaterThan(Date.now() + 89 * day);
  });

  test('is refused to a request that is damaged', async () => {
    const authority = await openAuthority(temporaryDirectory(), 'edge');
    const good = await request();
    const body = good.split('\n');
    // One character of the signature, near the end.
    const at = body.length - 3;
    body[at] = (body[at] ?? '').replace(/[A-Za-z]/, (letter) => (letter === 'A' ? 'B' : 'A'));
    await expect(authority.signEngine(body.join('\n'), 'uuid-1')).rejects.toMatchObject({ code: 'bad-certificate-request' });
    await expect(authority.signEngine('nothing', 'uuid-1')).rejects.toMatchObject({ code: 'bad-certificate-request' });
  });
});

test("the coordinator's certificate carries its identity and fits its key", async () => {
  const { key, cert } = await (await openAuthority(temporaryDirectory(), 'edge')).issueCoordinator();
  const certificate = new X509Certificate(cert);
  expect(certificate.subjectAltName).toBe('URI:carryon://edge/coordinator');
  expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
});

test('the end of something that is no certificate is not known', () => {
  expect(expiryOf('')).toBeUndefined();
  expect(expiryOf(generateKeyPairSync('ed25519').publicKey.export({ format: 'pem', type: 'spki' }).toString())).toBeUndefined();
});
