import { parseArgs } from 'node:util';
import { loadConfig } from '../clients/config';
import { CarryonError } from '../domain/errors';
import { startWorkers } from './start';

const usage = 'usage: worker [--config FILE] [--cluster ID]... [--no-workflows]';

/** A long-running process of its own; `carryon up` and `carryon worker` start the same workers in theirs. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { config: { type: 'string' }, cluster: { type: 'string', multiple: true }, 'no-workflows': { type: 'boolean' } },
  });
  const workers = await startWorkers({
    config: loadConfig(values.config ?? process.env.CARRYON_CONFIG),
    clusters: values.cluster,
    workflows: values['no-workflows'] !== true,
    codeDirectory: __dirname,
    logLevel: 'INFO',
  });
  process.stderr.write(`working on ${workers.queues.join(', ')}\n`);
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    void workers.stop().catch(() => undefined);
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  await workers.ended;
}

main().catch((error: unknown) => {
  const next = error instanceof CarryonError && error.next ? `\n${error.next}` : '';
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}${next}\n`);
  if (error instanceof TypeError) process.stderr.write(`${usage}\n`);
  process.exitCode = 1;
});
