import { execa, type ExecaChildProcess } from 'execa';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Carryon } from './carryon';
import { clustersUp, repository } from './clusters';
import { writeConfiguration, type SystemOptions } from './configuration';
import { awaitCoordinators } from './coordinators';

/** Clusters, Temporal and coordinators, started as a user starts them: `carryon up`. */
export class System {
  private up?: ExecaChildProcess;

  private constructor(readonly options: SystemOptions, readonly carryon: Carryon) {}

  /** Clusters that run already are taken as they are. Temporal begins with an empty database, the authorities are kept. */
  static async start(options: SystemOptions): Promise<System> {
    await clustersUp(options.clusters);
    await rm(path.join(options.directory, 'state/temporal.db'), { force: true });
    const system = new System(options, new Carryon(await writeConfiguration(options)));
    await system.startCoordinators();
    return system;
  }

  async startCoordinators(): Promise<void> {
    this.up = execa(process.execPath, [path.join(repository, 'bin/carryon.js'), 'up'], {
      env: { CARRYON_CONFIG: this.carryon.config },
      reject: false,
      all: true,
      stdin: 'ignore',
      buffer: false,
      cleanup: true,
    });
    if (this.up.all) void pipeline(this.up.all, createWriteStream(path.join(this.options.directory, 'up.log'), { flags: 'a' })).catch(() => undefined);
    const ended = this.up.then(({ exitCode }) => {
      throw new Error(`carryon up ended with ${exitCode}; its output: ${path.join(this.options.directory, 'up.log')}`);
    });
    ended.catch(() => undefined);
    await Promise.race([ended, awaitCoordinators(`127.0.0.1:${this.options.temporalPort}`, this.options.clusters)]);
  }

  /** Ends coordinators and Temporal with this signal and awaits their end. */
  async stop(signal: 'SIGINT' | 'SIGKILL' = 'SIGINT'): Promise<void> {
    if (!this.up) return;
    this.up.kill(signal, { forceKillAfterTimeout: 20_000 });
    await this.up;
    this.up = undefined;
  }
}
