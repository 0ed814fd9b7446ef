import type { Orchestrator } from '../domain/orchestrator';
import type { ClusterConfig } from './config';
import { createDockerOrchestrator } from './orchestrators/docker';
import { createKubernetesOrchestrator } from './orchestrators/kubernetes';

/** The adapter for a configured cluster. `stateDir` holds its certificate authority. */
export const createOrchestrator = (config: ClusterConfig, where: { stateDir: string }): Orchestrator =>
  config.docker ? createDockerOrchestrator(config, where) : createKubernetesOrchestrator(config, where);
