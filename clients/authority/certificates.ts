import '../reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto);

/** The library as it is set up here. */
export { x509 };

export const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
export const day = 24 * 60 * 60 * 1000;
/** A host whose clock is behind must not see a certificate of the future. */
const clockSkew = day;

export const validity = (lifetime: number) => ({ notBefore: new Date(Date.now() - clockSkew), notAfter: new Date(Date.now() + lifetime) });

/** The certificate of an authority: it may sign others. */
export const selfSigned = async (name: string, keys: webcrypto.CryptoKeyPair, lifetime: number): Promise<x509.X509Certificate> =>
  x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name,
    ...validity(lifetime),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });

/** 16 random bytes, the first bit clear: certificate serial numbers are positive. */
export function serialNumber(): string {
  const bytes = Buffer.from(webcrypto.getRandomValues(new Uint8Array(16)));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x01;
  return bytes.toString('hex');
}
