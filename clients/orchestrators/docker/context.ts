import type Docker from 'dockerode';
import type { Authority } from '../../authority';
import type { DockerCluster } from '../../config';
import type { DaemonMemory } from './daemon-memory';

/** What the verbs of this adapter share. */
export interface DockerContext {
  docker: Docker;
  config: DockerCluster;
  image: string;
  authority: () => Promise<Authority>;
  memory: DaemonMemory;
}
