import { setTimeout as sleep } from 'node:timers/promises';
import { UnavailableError } from '../domain/errors';
import type { Orchestrator } from '../domain/orchestrator';

const goneWithinMs = 120_000;
const lookEveryMs = 200;

/**
 * An outer container that has been decided to go serves nobody, and a new one cannot be made while it is there. It is removed here too:
 * whoever decided may have ended before the removal.
 */
export async function seeOffRetired(orchestrator: Orchestrator, serviceId: string): Promise<void> {
  const container = await orchestrator.find(serviceId);
  if (!container?.running || !(await orchestrator.engine(container).status()).leaving) return;
  await orchestrator.remove(serviceId, { volumes: false, container: container.id });
  for (const deadline = performance.now() + goneWithinMs; (await orchestrator.find(serviceId))?.id === container.id; await sleep(lookEveryMs)) {
    if (performance.now() < deadline) continue;
    throw new UnavailableError('retired', `the retired outer container at ${orchestrator.cluster} is not gone after ${goneWithinMs / 1000} s`, {
      phase: 'prepare',
      cluster: orchestrator.cluster,
      next: 'Remove it with the orchestrator itself; a frozen application in it may have to be thawed first.',
    });
  }
}
