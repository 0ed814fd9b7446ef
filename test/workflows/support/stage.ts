import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, type Worker, type WorkflowBundleOption } from '@temporalio/worker';
import { migrationsOf, type Migrations } from '../../../clients/temporal';
import { createClusterWorker } from '../../../workers/cluster';
import { createWorkflowWorker } from '../../../workers/workflows';
import type { CutoverHook, RunHook } from '../../../domain/cutover';
import { defaultPolicy, type ClusterPolicy } from '../../../domain/policy';
import { fakeOrchestrator } from '../../fakes/orchestrator';
import { World } from '../../fakes/world';
import { workflowBundle } from './bundle';
import { temporalProgram } from './temporal-program';

export const clusters = ['edge', 'cloud', 'home'];

/** What one test leaves under way is not to hold up the next. */
const plenty: ClusterPolicy = { ...defaultPolicy, limits: { migrationsIn: 100, migrationsOut: 100 } };

/** A real Temporal server with the real workers; only engines and orchestrators are fakes. */
export class Stage {
  world = new World(clusters);
  /** What each cluster's owner has decided; a test may change it. */
  readonly policies: Record<string, ClusterPolicy> = Object.fromEntries(clusters.map((cluster) => [cluster, { ...plenty }]));
  env!: TestWorkflowEnvironment;
  migrations!: Omit<Migrations, 'close'>;
  /** Hooks that each cluster's owner has; `runHook` is what becomes of them. */
  readonly hooks: Record<string, CutoverHook[]> = Object.fromEntries(clusters.map((cluster) => [cluster, []]));
  runHook: RunHook = () => Promise.resolve();
  private workflowBundle!: WorkflowBundleOption;
  private readonly running = new Map<string, { worker: Worker; run: Promise<void> }>();

  async open(): Promise<void> {
    Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
    // A fixed identity: recorded histories must not tell where they were recorded.
    this.env = await TestWorkflowEnvironment.createLocal({ client: { identity: 'test' }, server: { executable: { type: 'existing-path', path: temporalProgram() } } });
    this.workflowBundle = await workflowBundle();
    this.migrations = migrationsOf(this.env.client);
    const searchAttributes = await this.migrations.registerSearchAttributes();
    await this.startWorkflows(searchAttributes);
    for (const cluster of clusters) await this.startCoordinator(cluster);
  }

  /** A fresh world for the next test. */
  reset(): World {
    this.world = new World(clusters);
    for (const cluster of clusters) {
      Object.assign(this.policies[cluster] ?? {}, { hooks: undefined }, plenty);
      this.hooks[cluster]?.splice(0);
    }
    this.runHook = () => Promise.resolve();
    return this.world;
  }

  /** As an owner who writes it into carryon.yaml. */
  hook(cluster: string, hook: CutoverHook): void {
    this.hooks[cluster]?.push(hook);
    Object.assign(this.policies[cluster] ?? {}, { hooks: true });
  }

  async startWorkflows(searchAttributes: boolean): Promise<void> {
    const { workflowBundle } = this;
    this.start('workflows', await createWorkflowWorker({ ...this.connection(), deployment: { clusters, searchAttributes }, workflows: { workflowBundle } }));
  }

  async startCoordinator(cluster: string): Promise<void> {
    this.start(cluster, await createClusterWorker({ ...this.connection(), orchestrator: fakeOrchestrator(cluster, this), policy: this.policies[cluster], cutover: { hooks: this.hooks[cluster] ?? [], run: (hook, news) => this.runHook(hook, news) } }));
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
