import type { App } from '../app';
import { note } from '../output/print-result';
import { ensureServer } from '../temporal/embedded-server';
import { splitAddress } from '../temporal/answers';
import { UnavailableError } from '../../domain/errors';
import { listenForStop } from './control-socket';
import { pending } from './pending';

export interface UpOptions {
  clusters?: string[];
  /** Called when everything listens. */
  onReady?: (queues: string[]) => void;
}

/** Runs Temporal (if none answers) and the coordinators until a signal, `carryon down`, or the end of one of them. */
export async function runUp(app: App, { clusters, onReady }: UpOptions): Promise<void> {
  const { config, io } = app;
  const stopping = stopRequest();
  const stopped = pending();
  const control = await listenForStop(config.stateDir, () => {
    stopping.ask();
    return stopped.promise;
  });
  try {
    const server = await ensureServer(config, io);
    note(app, server.stop ? `temporal: started at ${config.temporal.address}, web interface at http://127.0.0.1:${uiPort(app)}` : `temporal: using ${config.temporal.address}`);
    try {
      const { startWorkers } = await import('../../workers/start');
      const workers = await startWorkers({ config, clusters, workflows: true, codeDirectory: __dirname });
      note(app, `working on ${workers.queues.join(', ')}`);
      onReady?.(workers.queues);
      await Promise.race([stopping.asked, workers.ended, server.ended.then(serverEnded)]);
      note(app, 'stopping');
      await workers.stop();
    } finally {
      await server.stop?.();
    }
  } finally {
    control.close();
    stopping.release();
    stopped.resolve();
  }
}

function stopRequest() {
  const request = pending();
  let asked = 0;
  const onSignal = () => {
    asked += 1;
    // Whoever asks twice does not want to wait.
    if (asked > 1) process.exit(130);
    request.resolve();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return {
    asked: request.promise,
    ask: () => request.resolve(),
    release: () => void process.off('SIGINT', onSignal).off('SIGTERM', onSignal),
  };
}

function serverEnded(): never {
  throw new UnavailableError('temporal-ended', 'The Temporal server that carryon started has ended.', { next: 'See temporal.log in the state directory, then: carryon up' });
}

const uiPort = ({ config }: App) => config.temporal.uiPort ?? splitAddress(config.temporal.address).port + 1000;
