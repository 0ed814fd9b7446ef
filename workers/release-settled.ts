import type { Logger } from '@temporalio/worker';
import type { Orchestrator } from '../domain/orchestrator';

const intervalMs = 15_000;

/** Lets what does not move any more be evicted again; a failure is told and tried again. Returns how to stop. */
export function keepReleasing(orchestrator: Orchestrator, log: Logger): () => void {
  if (!orchestrator.releaseSettled) return () => undefined;
  let busy = false;
  const release = async () => {
    if (busy) return;
    busy = true;
    try {
      await orchestrator.releaseSettled?.();
    } catch (error) {
      log.warn(`${orchestrator.cluster}: services that have settled could not be let go: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      busy = false;
    }
  };
  const timer = setInterval(() => void release(), intervalMs);
  return () => clearInterval(timer);
}
