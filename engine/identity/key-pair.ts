import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { readIfThere } from '../read-file';
import { writeDurably } from '../write-file';

/** The key is born here and never leaves; made once, kept for the life of the volume. */
export async function ensureKey(directory: string): Promise<KeyObject> {
  const path = join(directory, 'key.pem');
  const pem = await readIfThere(path);
  if (pem) return createPrivateKey(pem);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await writeDurably(path, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  return privateKey;
}
