import { setTimeout as pause } from 'node:timers/promises';
import type { Informer, KubernetesObject, ObjectCache } from '@kubernetes/client-node';
import { kubernetesFailure } from '../clients/orchestrators/kubernetes/failure';
import { persist } from './persist';

export interface WatchOptions<T> {
  cluster: string;
  /** For errors: "watch migrations". */
  what: string;
  seen: (object: T) => void;
  gone: (object: T) => void;
  log: (line: string) => void;
  signal: AbortSignal;
  /** Called once, when all objects that there are have been seen. */
  onReady: () => void;
}

/** Each object is seen again this often, though nothing was heard of it. */
const resyncMs = 600_000;
const breathMs = 1_000;

/** Tells of all objects and of their changes until the signal. Throws what was refused; where nobody answers it tries again. */
export async function watchObjects<T extends KubernetesObject>(informer: Informer<T> & ObjectCache<T>, { cluster, what, seen, gone, log, signal, onReady }: WatchOptions<T>): Promise<void> {
  informer.on('add', seen);
  informer.on('update', seen);
  informer.on('delete', gone);
  let broken = new Breakdown();
  informer.on('error', (error: unknown) => broken.report(kubernetesFailure(error, cluster, what)));
  const failed = (error: unknown) => log((error as Error).message);
  const resync = setInterval(() => informer.list().forEach(seen), resyncMs);
  const begin = async () => {
    broken = new Breakdown();
    await informer.start();
    if (broken.error) throw broken.error;
  };
  try {
    for (let ready = onReady; ; ready = () => undefined) {
      await persist(begin, { signal, failed });
      ready();
      failed(await orAborted(broken.reported, signal));
      await pause(breathMs, undefined, { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    clearInterval(resync);
    await informer.stop();
  }
}

/** The failure of a watch, which tells that by a callback. */
class Breakdown {
  error?: Error;
  report!: (error: Error) => void;
  readonly reported = new Promise<Error>((resolve) => {
    this.report = (error) => {
      this.error ??= error;
      resolve(error);
    };
  });
}

function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    promise.then(resolve, reject);
  });
}
