import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { readIfThere } from '../read-file';
import { createDurably } from '../write-file';

/** DER before the 32 bytes of an X25519 private key (RFC 8410). */
const pkcs8Prefix = Buffer.from('302e020100300506032b656e04220420', 'hex');

/** Public key of the tunnel, base64 as WireGuard writes it; makes the private key on first use. It never leaves the file. */
export async function tunnelPublicKey(path: string): Promise<string> {
  if ((await readIfThere(path)) === undefined) {
    const jwk = generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' });
    await createDurably(path, `${Buffer.from(jwk.d ?? '', 'base64url').toString('base64')}\n`);
  }
  return publicKeyOf((await readFile(path, 'utf8')).trim());
}

export function publicKeyOf(privateKey: string): string {
  const raw = Buffer.from(privateKey, 'base64');
  if (raw.length !== 32) throw new Error('the tunnel key is not 32 bytes of base64; remove wg.key and restart the engine to get a new one');
  const key = createPrivateKey({ key: Buffer.concat([pkcs8Prefix, raw]), format: 'der', type: 'pkcs8' });
  return Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x ?? '', 'base64url').toString('base64');
}
