import { readFile } from 'node:fs/promises';
import type { TLSConfig } from '@temporalio/client';
import { RefusedError } from '../../domain/errors';
import type { TemporalSettings } from './connect';

/** TLS of a connection to Temporal, the same for clients and workers; nothing when the settings ask for none. */
export async function readTls({ tls }: TemporalSettings): Promise<{ tls?: TLSConfig }> {
  if (!tls) return {};
  const [ca, crt, key] = await Promise.all([tls.ca, tls.cert, tls.key].map(readPem));
  if ((crt === undefined) !== (key === undefined)) {
    throw new RefusedError('bad-tls', 'a client certificate of Temporal needs both `cert` and `key`', { next: 'Set both, or neither, under `temporal.tls` in carryon.yaml.' });
  }
  return {
    tls: {
      ...(ca && { serverRootCACertificate: ca }),
      ...(crt && key && { clientCertPair: { crt, key } }),
      ...(tls.serverName && { serverNameOverride: tls.serverName }),
    },
  };
}

async function readPem(path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path);
  } catch (cause) {
    throw new RefusedError('bad-tls', `cannot read ${path}`, { next: 'Correct the path under `temporal.tls` in carryon.yaml.', cause });
  }
}
