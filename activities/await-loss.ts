import { Context } from '@temporalio/activity';
import type { ClusterDependencies } from './dependencies';
import { withHeartbeat } from './heartbeat';

export interface AwaitLossInput {
  serviceId: string;
}

/** How the service was lost here. */
export type Loss = 'gone' | 'stranded';

const lookEveryMs = 5000;

/**
 * Ends when the service cannot go on here any more: its outer container is gone, or it stands still before pages that nobody fetches. One long activity: a debt may last for days, and each look of the
 * workflow's own would stay in its history.
 */
export const createAwaitLoss =
  ({ orchestrator }: ClusterDependencies) =>
  async ({ serviceId }: AwaitLossInput): Promise<Loss> => {
    const look = async (): Promise<Loss | undefined> => {
      const container = await orchestrator.find(serviceId);
      if (!container) return 'gone';
      return container.running && (await orchestrator.engine(container).status()).stranded ? 'stranded' : undefined;
    };
    const watch = async () => {
      for (;;) {
        // Silence is not a loss.
        const loss = await look().catch(() => undefined);
        if (loss) return loss;
        await Context.current().sleep(lookEveryMs);
      }
    };
    return withHeartbeat(watch());
  };
