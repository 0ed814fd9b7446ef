import { createPrivateKey, createPublicKey } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { CompactEncrypt, compactDecrypt, exportJWK, exportPKCS8, generateKeyPair, importJWK, type JWK } from 'jose';
import { RefusedError } from '../../domain/errors';
import { createOnce } from './create-once';

const alg = 'ECDH-ES+A256KW';
const enc = 'A256GCM';

/** What other coordinators may send through Temporal, so that only this cluster's coordinators read it. The private key stays in the state directory. */
export interface SealingKey {
  /** JWK as JSON. */
  publicKey: string;
  /** Of a text that was sealed for it; RefusedError `seal-broken` otherwise. */
  open(sealed: string): Promise<string>;
}

/** Opens the key of a cluster, making it when it does not exist. */
export async function openSealingKey(stateDir: string, cluster: string): Promise<SealingKey> {
  const directory = path.join(stateDir, cluster);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const file = path.join(directory, 'sealing.key');
  await createOnce(file, 0o600, async () => exportPKCS8((await generateKeyPair(alg, { crv: 'P-256', extractable: true })).privateKey));
  const privateKey = createPrivateKey(await readFile(file, 'utf8'));
  return {
    publicKey: JSON.stringify(await exportJWK(createPublicKey(privateKey))),
    async open(sealed) {
      try {
        return Buffer.from((await compactDecrypt(sealed, privateKey, { keyManagementAlgorithms: [alg], contentEncryptionAlgorithms: [enc] })).plaintext).toString('utf8');
      } catch (cause) {
        throw new RefusedError('seal-broken', `What was sealed for cluster ${cluster} cannot be opened with its key.`, { cluster, next: `Migrate again; if ${file} was replaced meanwhile, that is why.`, cause });
      }
    },
  };
}

/** For the holder of this key alone; changed on its way, it opens no more. */
export async function seal(text: string, publicKey: string): Promise<string> {
  return new CompactEncrypt(Buffer.from(text)).setProtectedHeader({ alg, enc }).encrypt(await importJWK(JSON.parse(publicKey) as JWK, alg));
}
