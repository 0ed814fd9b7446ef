import { rm } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { databaseFiles } from '../../../cli/temporal/server-arguments';
import { Carryon } from './carryon';
import { clustersUp, kubernetesUp } from './clusters';
import { kubernetesOf, writeConfiguration, type SystemOptions } from './configuration';

/** Clusters, Temporal and coordinators, started as a user starts them: `carryon up --detach`. */
export class System {
  private constructor(readonly options: SystemOptions, readonly carryon: Carryon) {}

  /** Clusters that run already are taken as they are. Temporal begins with an empty database; the authorities are kept. */
  static async start(options: SystemOptions): Promise<System> {
    const { images, ahead } = options;
    if (ahead) await clustersUp([ahead.cluster], { images, monotonicOffsetSeconds: ahead.seconds });
    await clustersUp(options.clusters, { images });
    const { kubernetes = [], k3s = [] } = options;
    if (kubernetes.length > 0) await kubernetesUp('kubeadm', kubernetes, { images });
    if (k3s.length > 0) await kubernetesUp('k3s', k3s, { images });
    const system = new System(options, new Carryon(await writeConfiguration(options), [...options.clusters, ...kubernetesOf(options)]));
    await system.stop();
    await refuseStranger(options.temporalPort);
    for (const database of databaseFiles({ stateDir: path.join(options.directory, 'state') })) await rm(database, { force: true });
    await system.startCoordinators();
    return system;
  }

  /** Resolves when Temporal and all coordinators work; to the pid of their process. */
  async startCoordinators(): Promise<number> {
    const { pid } = JSON.parse(await this.carryon.must('up', '--detach', '--json')) as { pid: number };
    return pid;
  }

  async stop(): Promise<void> {
    await this.carryon.must('down');
  }
}

/** Coordinators of another checkout would take tasks of ours, with authorities of their own. */
function refuseStranger(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host: '127.0.0.1', port });
    socket.on('error', () => resolve());
    socket.on('connect', () => {
      socket.destroy();
      reject(new Error(`something listens at 127.0.0.1:${port}, where the Temporal of these tests would: another system of theirs that was left running? \`carryon down\` there`));
    });
  });
}
