import { Client, Connection } from '@temporalio/client';
import { UnavailableError } from '../../domain/errors';
import { readTls } from './tls';

export interface TemporalSettings {
  /** host:port */
  address: string;
  namespace: string;
  /** Paths of PEM files. */
  tls?: { ca?: string; cert?: string; key?: string; serverName?: string };
}

const connectMs = 5000;

export async function connectTemporalClient(settings: TemporalSettings): Promise<{ client: Client; close: () => Promise<void> }> {
  const { address, namespace } = settings;
  try {
    const connection = await Connection.connect({ address, connectTimeout: connectMs, ...(await readTls(settings)) });
    return { client: new Client({ connection, namespace }), close: () => connection.close() };
  } catch (cause) {
    throw new UnavailableError('temporal-unreachable', `no Temporal server answers at ${address}`, {
      next: 'Start one together with the coordinators by `carryon up`, or correct `temporal.address` in carryon.yaml.',
      cause,
    });
  }
}
