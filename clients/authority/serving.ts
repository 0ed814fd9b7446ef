import { isIP } from 'node:net';
import { webcrypto } from 'node:crypto';
import { algorithm, selfSigned, serialNumber, validity, x509 } from './certificates';
import { writtenPrivateKey } from './private-key';

/** PEM texts; held in memory only. */
export interface ServingCertificate {
  key: string;
  cert: string;
  /** What a client has to trust: an authority that signed this one certificate, and whose key is gone. */
  ca: string;
  expires: Date;
}

/** A fresh certificate for a server that is called by this name or address. */
export async function issueServing(host: string, lifetime: number): Promise<ServingCertificate> {
  const [authorityKeys, keys] = await Promise.all([newKeys(), newKeys()]);
  // Clients hold several of these at a time, and tell them apart by their names.
  const authority = await selfSigned(`CN=carryon interceptor ${serialNumber()}`, authorityKeys, lifetime);
  const cert = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: 'CN=carryon interceptor',
    issuer: authority.subject,
    ...validity(lifetime),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: authorityKeys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([{ type: isIP(host) ? 'ip' : 'dns', value: host }]),
      await x509.AuthorityKeyIdentifierExtension.create(authority),
    ],
  });
  return { key: await writtenPrivateKey(keys.privateKey), cert: cert.toString('pem'), ca: authority.toString('pem'), expires: cert.notAfter };
}

/** The certificates of a PEM text that have not ended; none where it is none. */
export function liveCertificates(pem: string, now = Date.now()): string[] {
  const texts = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return texts.flatMap((text) => {
    try {
      const certificate = new x509.X509Certificate(text);
      return certificate.notAfter.getTime() > now ? [certificate.toString('pem')] : [];
    } catch {
      return [];
    }
  });
}

const newKeys = () => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
