import { setTimeout as pause } from 'node:timers/promises';
import type { EngineClient } from '../../../domain/engine';
import { UnavailableError } from '../../../domain/errors';
import type { OuterContainer } from '../../../domain/orchestrator';
import type { KubernetesContext } from './context';

const answerTimeoutMs = 60_000;
const pollMs = 200;

export async function awaitEngine({ config, namespace }: KubernetesContext, { service, reach }: OuterContainer, engine: EngineClient): Promise<void> {
  for (const deadline = performance.now() + answerTimeoutMs; ; await pause(pollMs)) {
    try {
      await engine.status();
      return;
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      if (performance.now() < deadline) continue;
      throw new UnavailableError('engine-unreachable', `The engine of ${service.name} on cluster ${config.id} does not answer at ${reach.host}:${reach.apiPort}: ${error.message}`, {
        cluster: config.id,
        next: `Check \`reach.host\` of cluster ${config.id}: it is an address at which the node ports of the cluster answer. Does a NetworkPolicy of namespace ${namespace} keep them out?`,
        cause: error,
      });
    }
  }
}
