import { createPrivateKey, createPublicKey, webcrypto } from 'node:crypto';
import { CarryonError } from '../../domain/errors';

/** PKCS#8 PEM. */
export async function writtenPrivateKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({ format: 'pem', type: 'pkcs8' }) as string;
}

export async function readPrivateKey(pem: string, algorithm: webcrypto.EcKeyImportParams & { hash: string }, file: string): Promise<webcrypto.CryptoKeyPair> {
  try {
    const key = createPrivateKey(pem);
    const pkcs8 = key.export({ format: 'der', type: 'pkcs8' });
    const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
    return {
      privateKey: await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, true, ['sign']),
      publicKey: await webcrypto.subtle.importKey('spki', spki, algorithm, true, ['verify']),
    };
  } catch (cause) {
    throw new CarryonError(`${file} is not a P-256 private key.`, {
      code: 'authority-damaged',
      recovery: 'human',
      next: 'Restore it from a backup; without it the engines of this cluster cannot be reached any more.',
      cause,
    });
  }
}
