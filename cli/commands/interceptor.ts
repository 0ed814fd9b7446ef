import type { Command } from 'commander';
import { pino } from 'pino';
import { clusterConfig } from '../../clients/config';
import type { App, CommonOptions } from '../app';
import { newCommand, withApp, type Runtime } from '../command';
import { note, printResult } from '../output/print-result';
import { parseWebhookAddress } from '../parse/webhook-address';
import { UsageError } from '../usage-error';

interface Options extends CommonOptions {
  cluster: string;
  host: string;
  port: string;
  url?: string;
  service?: string;
}

export function interceptorCommand(runtime: Runtime): Command {
  return newCommand('interceptor', 'rewrite pods with the label carryon.io/migratable=true of a cluster of Kubernetes when they are made')
    .requiredOption('--cluster <id>', 'cluster to watch over')
    .option('--url <url>', 'https://HOST:PORT, as the API server reaches this process')
    .option('--service <namespace/name>', 'the Service that leads to this process, instead of --url')
    .option('--host <address>', 'address to listen at', '0.0.0.0')
    .option('--port <port>', 'port to listen at', '8443')
    .action((options: Options) => withApp(runtime, options, (app) => intercept(app, options)));
}

async function intercept(app: App, { cluster, host, port, url, service }: Options): Promise<void> {
  const config = clusterConfig(app.config, cluster);
  if (!config.kubernetes) throw new UsageError(`--cluster ${cluster}: not a cluster of Kubernetes.`, 'On Docker, services are begun with `carryon run`.');
  const address = parseWebhookAddress({ url, service });
  const { startInterceptor } = await import('../../interceptor/start');
  const log = pino({ base: undefined, timestamp: pino.stdTimeFunctions.isoTime }, app.io.stderr);
  const interceptor = await startInterceptor({ config, address, listen: { host, port: portOf(port) }, log });
  const ended = new Promise<void>((resolve, reject) => {
    const stop = () => void interceptor.stop().then(resolve, reject);
    process.once('SIGINT', stop).once('SIGTERM', stop);
  });
  await Promise.race([interceptor.ready, ended]);
  if (app.json) printResult(app, { ready: true, port: interceptor.port }, '');
  note(app, `pods of ${config.kubernetes.namespace} with the label carryon.io/migratable=true are rewritten`);
  await ended;
}

function portOf(text: string): number {
  const port = /^\d+$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65535) return port;
  throw new UsageError(`--port ${text}: not a port between 1 and 65535.`, 'Give a number, for example 8443.');
}
