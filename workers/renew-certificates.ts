import type { Logger } from '@temporalio/worker';
import type { Orchestrator } from '../domain/orchestrator';

const intervalMs = 3_600_000;

/** Signs what is due, now and every hour; a failure is told and tried again. Returns how to stop. */
export function keepCertificates(orchestrator: Orchestrator, log: Logger): () => void {
  const renew = async () => {
    try {
      const renewed = await orchestrator.renewCertificates();
      if (renewed > 0) log.info(`${orchestrator.cluster}: ${renewed} certificates renewed`);
    } catch (error) {
      log.warn(`${orchestrator.cluster}: certificates could not be renewed: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  void renew();
  const timer = setInterval(() => void renew(), intervalMs);
  return () => clearInterval(timer);
}
