import { X509Certificate, createPrivateKey } from 'node:crypto';
import { watch } from 'node:fs';
import { join } from 'node:path';
import { readIfThere } from '../read-file';

export interface Credentials {
  key: string;
  cert: string;
  /** CA of this cluster. */
  ca: string;
}

export type CredentialsState = { credentials: Credentials } | { missing: string };

type Files = (string | undefined)[];

const readFiles = (directory: string): Promise<Files> => Promise.all(['key.pem', 'cert.pem', 'ca.pem'].map((name) => readIfThere(join(directory, name))));

/** Takes the three files together; says what is wrong instead of serving with a pair that does not fit. */
function stateOf([key, cert, ca]: Files): CredentialsState {
  if (!key) return { missing: 'no key.pem' };
  if (!cert || !ca) return { missing: 'waiting for cert.pem and ca.pem from the coordinator' };
  try {
    const certificate = new X509Certificate(cert);
    const authority = new X509Certificate(ca);
    if (!certificate.checkPrivateKey(createPrivateKey(key))) return { missing: 'cert.pem does not belong to key.pem' };
    if (!certificate.verify(authority.publicKey)) return { missing: 'cert.pem is not signed by ca.pem' };
  } catch (error) {
    return { missing: `cert.pem or ca.pem cannot be read: ${(error as Error).message}` };
  }
  return { credentials: { key, cert, ca } };
}

/** Calls back on each change, at once for the first; the poll is for file systems that tell nothing, and looks no further while the files are the same. Returns what stops it. */
export function watchCredentials(directory: string, onState: (state: CredentialsState) => void, pollMs = 2_000): () => void {
  let last = '';
  const look = async () => {
    const files = await readFiles(directory);
    const seen = JSON.stringify(files);
    if (seen === last) return;
    last = seen;
    onState(stateOf(files));
  };
  const lookSafely = () => void look().catch((error: unknown) => onState({ missing: `cannot read ${directory}: ${String(error)}` }));
  const watcher = watch(directory, lookSafely);
  watcher.on('error', () => undefined);
  const timer = setInterval(lookSafely, pollMs);
  lookSafely();
  return () => {
    watcher.close();
    clearInterval(timer);
  };
}
