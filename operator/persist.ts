import pRetry from 'p-retry';
import { CarryonError } from '../domain/errors';

export interface Persistence {
  signal: AbortSignal;
  /** Called with each failure that is tried again. */
  failed: (error: unknown) => void;
}

const pace = { forever: true, minTimeout: 500, maxTimeout: 30_000, factor: 2 };

/** Tries until it succeeds, with growing pauses. What was refused stays so, and is thrown. */
export async function persist<T>(act: () => Promise<T>, { signal, failed }: Persistence): Promise<T> {
  signal.throwIfAborted();
  const shouldRetry = (error: Error) => {
    const again = !(error instanceof CarryonError) || error.recovery === 'retry';
    if (again) failed(error);
    return again;
  };
  return pRetry(act, { ...pace, signal, shouldRetry });
}
