import { webcrypto } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { CarryonError } from '../domain/errors';
import { coordinatorIdentity, serviceIdentity } from '../domain/names';
import { algorithm, day, selfSigned, serialNumber, validity, x509 } from './authority/certificates';
import { createOnce } from './authority/create-once';
import { readPrivateKey, writtenPrivateKey } from './authority/private-key';

const authorityLifetime = 3650 * day;
const engineLifetime = 90 * day;
const coordinatorLifetime = 30 * day;

/** Certificates that end within this time are signed anew. */
export const renewalWindow = 30 * day;

/** PEM text. */
export interface ClientCertificate {
  key: string;
  cert: string;
  expires: Date;
}

/** The certificate authority of one cluster. Its key stays in the state directory. */
export interface Authority {
  /** PEM of the authority's own certificate. */
  readonly certificate: string;
  /** Signs an engine's request for this service; what the request says about names is not believed. */
  signEngine(csr: string, service: string): Promise<string>;
  /** A fresh key and certificate of this cluster's coordinator; held in memory only. */
  issueCoordinator(): Promise<ClientCertificate>;
}

/** Opens the authority of a cluster, making it when it does not exist. Two processes may do this at once. */
export async function openAuthority(stateDir: string, cluster: string): Promise<Authority> {
  const directory = path.join(stateDir, cluster);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const key = await authorityKey(path.join(directory, 'ca.key'));
  const certificate = await authorityCertificate(path.join(directory, 'ca.pem'), key, cluster);
  const issuer = new x509.X509Certificate(certificate);

  const sign = (subject: string, identity: string, publicKey: x509.PublicKey | webcrypto.CryptoKey, lifetime: number) =>
    x509.X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject,
      issuer: issuer.subject,
      ...validity(lifetime),
      signingAlgorithm: algorithm,
      publicKey,
      signingKey: key.privateKey,
      extensions: leafExtensions(identity, issuer),
    });

  return {
    certificate,
    async signEngine(csr, service) {
      const request = await checkedRequest(csr, cluster);
      const cert = await sign(`CN=service ${service}, O=carryon ${cluster}`, serviceIdentity(cluster, service), request.publicKey, engineLifetime);
      return cert.toString('pem');
    },
    async issueCoordinator() {
      const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
      const cert = await sign(`CN=coordinator, O=carryon ${cluster}`, coordinatorIdentity(cluster), keys.publicKey, coordinatorLifetime);
      return { key: await writtenPrivateKey(keys.privateKey), cert: cert.toString('pem'), expires: cert.notAfter };
    },
  };
}

/** When a certificate ends; undefined when this is not one. */
export function expiryOf(pem: string): Date | undefined {
  try {
    return new x509.X509Certificate(pem).notAfter;
  } catch {
    return undefined;
  }
}

async function authorityKey(file: string): Promise<webcrypto.CryptoKeyPair> {
  await createOnce(file, 0o600, async () => {
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    return writtenPrivateKey(keys.privateKey);
  });
  return readPrivateKey(await readFile(file, 'utf8'), algorithm, file);
}

async function authorityCertificate(file: string, key: webcrypto.CryptoKeyPair, cluster: string): Promise<string> {
  await createOnce(file, 0o644, async () => (await selfSigned(`CN=carryon ${cluster}`, key, authorityLifetime)).toString('pem'));
  return readFile(file, 'utf8');
}

function leafExtensions(identity: string, issuer: x509.X509Certificate): x509.Extension[] {
  const issuerKey = issuer.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId;
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    // Engines are servers of the API and clients of each other.
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
    new x509.SubjectAlternativeNameExtension([{ type: 'url', value: identity }]),
    ...(issuerKey ? [new x509.AuthorityKeyIdentifierExtension(issuerKey)] : []),
  ];
}

async function checkedRequest(csr: string, cluster: string): Promise<x509.Pkcs10CertificateRequest> {
  try {
    const request = new x509.Pkcs10CertificateRequest(csr);
    if (await request.verify()) return request;
  } catch (cause) {
    throw badRequest(cluster, cause);
  }
  throw badRequest(cluster);
}

function badRequest(cluster: string, cause?: unknown): CarryonError {
  return new CarryonError('The certificate request of the engine is damaged or was not signed with its own key.', {
    code: 'bad-certificate-request',
    recovery: 'roll-back',
    cluster,
    next: 'Remove the service with `carryon rm` and run it again; its volumes stay.',
    cause,
  });
}
