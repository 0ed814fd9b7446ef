import type { Client } from '@temporalio/client';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { answers } from '../../../cli/temporal/answers';
import { findServer } from '../../../cli/temporal/find-server';
import { databaseFiles, serverArguments } from '../../../cli/temporal/server-arguments';
import { loadConfig } from '../../../clients/config';
import { migrationsOf, type Migrations } from '../../../clients/temporal';
import { connectTemporalClient } from '../../../clients/temporal/connect';
import { Clock } from '../clock/clock';
import { settable } from '../clock/settable';
import { Carryon } from '../../e2e/support/carryon';
import { clustersUp, repository } from '../../e2e/support/clusters';
import { writeConfiguration, type SystemOptions } from '../../e2e/support/configuration';
import { Program } from './program';

const clockFile = (directory: string, cluster: string) => path.join(directory, `${cluster}.clock`);

/** The clusters of the end-to-end tests, with every part a process of its own that can be killed alone. */
export class ChaosSystem {
  readonly carryon: Carryon;
  readonly migrations: Omit<Migrations, 'close'>;

  private constructor(
    readonly temporal: Program,
    private readonly workflows: Program,
    private readonly coordinators: Map<string, Program>,
    config: string,
    private readonly directory: string,
    clusters: readonly string[],
    readonly client: Client,
    private readonly disconnect: () => Promise<void>,
  ) {
    this.carryon = new Carryon(config, clusters);
    this.migrations = migrationsOf(client);
  }

  /** Clusters that run already are taken as they are. Temporal begins with an empty database. */
  static async start(options: SystemOptions & { clocks?: boolean }): Promise<ChaosSystem> {
    await clustersUp(options.clusters, { images: options.images });
    const file = await writeConfiguration(options);
    const config = loadConfig(file);
    const directory = path.join(options.directory, 'log');
    await mkdir(directory, { recursive: true });
    await mkdir(config.stateDir, { recursive: true });
    for (const database of databaseFiles(config)) await rm(database, { force: true });
    const log = (name: string) => path.join(directory, `${name}.log`);
    const says = (name: string, word: string) => async () => (await readFile(log(name), 'utf8')).includes(word);
    const temporal = new Program('Temporal', [findServer(config, process.env), ...serverArguments(config)], log('temporal'), () => answers(config.temporal.address), { GOGC: '400' });
    const workflows = new Program('the worker of the workflows', [process.execPath, '--import', 'tsx', path.join(__dirname, 'workflow-worker.ts'), file], log('workflows'), says('workflows', 'ready'));
    const coordinator = async (cluster: string) =>
      new Program(`the coordinator of ${cluster}`, [process.execPath, path.join(repository, 'bin/carryon.js'), 'worker', '--cluster', cluster], log(cluster), says(cluster, 'working on'), {
        CARRYON_CONFIG: file,
        ...(options.clocks && (await settable(clockFile(options.directory, cluster)))),
      });
    const coordinators = new Map(await Promise.all(options.clusters.map(async (cluster) => [cluster, await coordinator(cluster)] as const)));
    const started = [temporal, workflows, ...coordinators.values()];
    try {
      await temporal.start();
      await workflows.start();
      await Promise.all([...coordinators.values()].map((one) => one.start()));
      const { client, close } = await connectTemporalClient({ address: config.temporal.address, namespace: 'default' });
      return new ChaosSystem(temporal, workflows, coordinators, file, options.directory, options.clusters, client, close);
    } catch (error) {
      for (const one of started.reverse()) await one.stop();
      throw error;
    }
  }

  coordinator(cluster: string): Program {
    const found = this.coordinators.get(cluster);
    if (!found) throw new Error(`there is no coordinator of ${cluster}`);
    return found;
  }

  /** By which the coordinator goes, where it can be set. */
  async coordinatorClock(cluster: string): Promise<Clock | undefined> {
    const { pid } = this.coordinator(cluster);
    return pid === undefined ? undefined : Clock.of(pid, clockFile(this.directory, cluster));
  }

  async stop(): Promise<void> {
    await this.disconnect();
    await Promise.all([...this.coordinators.values(), this.workflows].map((one) => one.stop()));
    await this.temporal.stop();
  }
}
