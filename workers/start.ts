import { Runtime, type LogLevel, type Worker } from '@temporalio/worker';
import { clusterConfig, type Config } from '../clients/config';
import { runHook } from '../clients/hooks';
import { createOrchestrator } from '../clients/orchestrators';
import { connectTemporal } from '../clients/temporal';
import { createClusterWorker } from './cluster';
import { policyOf } from './policy';
import { connectWorker } from './connect';
import { createLog } from './log';
import { keepReleasing } from './release-settled';
import { keepCertificates } from './renew-certificates';
import { findWorkflowCode } from './workflow-code';
import { createWorkflowWorker } from './workflows';

export interface StartOptions {
  config: Config;
  /** Clusters that are coordinated from here; all when absent. */
  clusters?: string[];
  /** Also work on the queue of the workflows. */
  workflows: boolean;
  /** Where to look for the workflows' code, upwards. */
  codeDirectory: string;
  preferSources?: boolean;
  logLevel?: LogLevel;
}

export interface Workers {
  /** Queues that are served. */
  queues: string[];
  /** Resolves when all have ended; rejects when one fails. */
  ended: Promise<void>;
  /** Lets what is under way end for a while, then ends. */
  stop(): Promise<void>;
}

/** Starts the coordinators, and the workflows' worker beside them. Resolves when all of them listen. */
export async function startWorkers({ config, clusters, workflows, codeDirectory, preferSources, logLevel = 'WARN' }: StartOptions): Promise<Workers> {
  const log = createLog(logLevel);
  Runtime.install({ logger: log, shutdownSignals: [] });
  const { temporal, stateDir } = config;
  const own = clusters?.map((id) => clusterConfig(config, id)) ?? config.clusters;
  const searchAttributes = workflows && (await prepareNamespace(config));
  const connection = await connectWorker(temporal);
  const orchestrators = own.map((cluster) => createOrchestrator(cluster, { stateDir }));
  const workers: Worker[] = await Promise.all(
    orchestrators.map((orchestrator) => {
      const cluster = clusterConfig(config, orchestrator.cluster);
      return createClusterWorker({ connection, namespace: temporal.namespace, orchestrator, policy: policyOf(cluster), cutover: { hooks: cluster.hooks?.cutover ?? [], run: runHook } });
    }),
  );
  if (workflows) {
    const deployment = { clusters: [...config.clusters.map(({ id }) => id), ...config.remoteClusters], searchAttributes };
    workers.push(await createWorkflowWorker({ connection, namespace: temporal.namespace, deployment, workflows: findWorkflowCode(codeDirectory, preferSources) }));
  }
  const stopCare = orchestrators.flatMap((orchestrator) => [keepCertificates(orchestrator, log), keepReleasing(orchestrator, log)]);
  const ended = runAll(workers).finally(async () => {
    stopCare.forEach((stop) => stop());
    await connection.close();
  });
  return {
    queues: workers.map(({ options }) => options.taskQueue),
    ended,
    stop: () => {
      stopAll(workers);
      return ended;
    },
  };
}

async function prepareNamespace({ temporal }: Config): Promise<boolean> {
  const migrations = await connectTemporal(temporal);
  try {
    return await migrations.registerSearchAttributes();
  } finally {
    await migrations.close();
  }
}

/** When one worker fails the others end too: half a coordinator is worse than one that is started again. */
async function runAll(workers: Worker[]): Promise<void> {
  const runs = workers.map((worker) => worker.run());
  try {
    await Promise.all(runs);
  } catch (error) {
    stopAll(workers);
    await Promise.allSettled(runs);
    throw error;
  }
}

const stopAll = (workers: Worker[]) => workers.filter((worker) => worker.getState() === 'RUNNING').forEach((worker) => worker.shutdown());
