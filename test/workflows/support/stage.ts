import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Runtime, type Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import path from 'node:path';
import { migrationsOf, type Migrations } from '../../../clients/temporal';
import { createClusterWorker } from '../../../workers/cluster';
import { createWorkflowWorker } from '../../../workers/workflows';
import { fakeOrchestrator } from '../../fakes/orchestrator';
import { World } from '../../fakes/world';
import { temporalProgram } from './temporal-program';

export const clusters = ['edge', 'cloud', 'home'];

/** A real Temporal server with the real workers; only engines and orchestrators are fakes. */
export class Stage {
  world = new World(clusters);
  migrations!: Omit<Migrations, 'close'>;
  private readonly running = new Map<string, { worker: Worker; run: Promise<void> }>();

  private constructor(
    readonly env: TestWorkflowEnvironment,
    private readonly workflowBundle: WorkflowBundleWithSourceMap,
  ) {}

  static async open(): Promise<Stage> {
    const logger = new DefaultLogger('ERROR');
    Runtime.install({ logger, shutdownSignals: [] });
    // A fixed identity: recorded histories must not tell where they were recorded.
    const env = await TestWorkflowEnvironment.createLocal({ client: { identity: 'test' }, server: { executable: { type: 'existing-path', path: temporalProgram() } } });
    const workflowBundle = await bundleWorkflowCode({ workflowsPath: path.resolve(__dirname, '../../../workflows/index.ts'), logger });
    const stage = new Stage(env, workflowBundle);
    stage.migrations = migrationsOf(env.client);
    const searchAttributes = await stage.migrations.registerSearchAttributes();
    await stage.startWorkflows(searchAttributes);
    for (const cluster of clusters) await stage.startCoordinator(cluster);
    return stage;
  }

  /** A fresh world for the next test. */
  reset(): World {
    this.world = new World(clusters);
    return this.world;
  }

  async startWorkflows(searchAttributes: boolean): Promise<void> {
    const { workflowBundle } = this;
    this.start('workflows', await createWorkflowWorker({ ...this.connection(), deployment: { clusters, searchAttributes }, workflows: { workflowBundle } }));
  }

  async startCoordinator(cluster: string): Promise<void> {
    this.start(cluster, await createClusterWorker({ ...this.connection(), orchestrator: fakeOrchestrator(cluster, this) }));
  }

  async stopCoordinator(cluster: string): Promise<void> {
    const { worker, run } = this.running.get(cluster) ?? {};
    this.running.delete(cluster);
    worker?.shutdown();
    await run;
  }

  async close(): Promise<void> {
    for (const name of [...this.running.keys()]) await this.stopCoordinator(name);
    await this.env.teardown();
  }

  private connection() {
    return { connection: this.env.nativeConnection, namespace: this.env.namespace ?? 'default' };
  }

  private start(name: string, worker: Worker): void {
    this.running.set(name, { worker, run: worker.run() });
  }
}
