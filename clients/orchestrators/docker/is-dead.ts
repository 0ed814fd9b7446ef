import type { DockerContext } from './context';
import { asking, isMissing } from './failure';

export interface DaemonState {
  Running: boolean;
  Paused: boolean;
  Restarting: boolean;
  Pid: number;
}

export const isDead = ({ docker, config }: DockerContext, container: string): Promise<boolean> =>
  asking(config.id, 'look whether the outer container is dead', async () => {
    try {
      return hasNoProcess((await docker.getContainer(container).inspect()).State);
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  });

/** The daemon says "running" also of one that it is about to start again; no process of it is left all the same. */
export const hasNoProcess = ({ Running, Paused, Restarting, Pid }: DaemonState): boolean => Pid === 0 && !Paused && (!Running || Restarting);
