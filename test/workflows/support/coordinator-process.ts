import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { createClusterWorker } from '../../../workers/cluster';
import { remoteOrchestrator } from './remote-orchestrator';

/** A coordinator that a test can kill: `coordinator-process.ts CLUSTER ADDRESS NAMESPACE`. */
async function main(): Promise<void> {
  const [cluster, address, namespace] = process.argv.slice(2) as [string, string, string];
  Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
  const connection = await NativeConnection.connect({ address });
  const worker = await createClusterWorker({ connection, namespace, orchestrator: remoteOrchestrator(cluster) });
  process.send?.('ready');
  await worker.run();
}

void main();
