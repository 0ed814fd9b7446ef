/** workflow-worker.ts CONFIG: the worker of the workflows alone, beside coordinators that are killed one by one. */
import path from 'node:path';
import { loadConfig } from '../../../clients/config';
import { startWorkers } from '../../../workers/start';

async function main(): Promise<void> {
  const workers = await startWorkers({ config: loadConfig(process.argv[2]), clusters: [], workflows: true, codeDirectory: path.resolve(__dirname, '../../../dist') });
  console.log('ready');
  await workers.ended;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
