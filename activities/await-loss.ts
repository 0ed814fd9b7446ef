import { Context } from '@temporalio/activity';
import type { ClusterDependencies } from './dependencies';
import { withHeartbeat } from './heartbeat';

export interface AwaitLossInput {
  serviceId: string;
}

const lookEveryMs = 5000;

/** Ends when there is no outer container of the service here any more. One long activity: a debt may last for days, and each look of the workflow's own would stay in its history. */
export const createAwaitLoss =
  ({ orchestrator }: ClusterDependencies) =>
  async ({ serviceId }: AwaitLossInput): Promise<void> => {
    // Silence is not a loss.
    const isThere = () => orchestrator.find(serviceId).then((container) => container !== undefined, () => true);
    const watch = async () => {
      while (await isThere()) await Context.current().sleep(lookEveryMs);
    };
    await withHeartbeat(watch());
  };
