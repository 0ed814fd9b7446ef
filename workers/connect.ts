import { NativeConnection } from '@temporalio/worker';
import { UnavailableError } from '../domain/errors';
import type { TemporalSettings } from '../clients/temporal';
import { readTls } from '../clients/temporal/tls';

/** A worker only dials out: a cluster needs no open port to be coordinated. */
export async function connectWorker(settings: TemporalSettings): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect({ address: settings.address, ...(await readTls(settings)) });
  } catch (cause) {
    throw new UnavailableError('temporal-unreachable', `no Temporal server answers at ${settings.address}`, {
      next: 'Start one by `carryon up`, or correct `temporal.address` in carryon.yaml.',
      cause,
    });
  }
}
