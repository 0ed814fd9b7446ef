import { Context } from '@temporalio/activity';
import { decideDebt } from '../domain/debt';
import type { ClusterDependencies } from './dependencies';
import { withHeartbeat } from './heartbeat';
import { createInspectOutcome } from './inspect-outcome';

export interface AwaitLossInput {
  serviceId: string;
  /** Absent in what older workflows ask: then only a container that is gone counts. */
  migration?: string;
  epoch?: number;
  /** Whether `unsaid` is understood, which older workflows know nothing of. */
  unsaid?: boolean;
  /** Ends at this as well. Absent in what older workflows ask. */
  turn?: Turn;
}

/** `standstill`: nothing is lost; the service waits for a page that may still come. `motion`: it does not wait any more. */
export type Turn = 'standstill' | 'motion';

/**
 * How the service was lost here: its outer container is gone, it stands still before pages that nobody fetches, or it began afresh and needs none of them.
 * `unsaid`: nothing is lost; it has all pages, and the source has not heard so: its driver died, or the link did.
 */
export type Loss = 'gone' | 'stranded' | 'restarted' | 'unsaid';

const losses = { gone: 'gone', waiting: 'stranded', restarted: 'restarted', paid: 'unsaid' } as const;
const lookEveryMs = 5000;

/**
 * Ends when the service that is owed pages cannot use them here any more. One long activity: a debt may last for days, and each look of the workflow's own would stay in its history.
 */
export const createAwaitLoss =
  ({ orchestrator }: ClusterDependencies) =>
  async ({ serviceId, migration = '', epoch = 0, unsaid = false, turn }: AwaitLossInput): Promise<Loss | Turn> => {
    const inspect = createInspectOutcome({ orchestrator });
    const look = async (): Promise<Loss | Turn | undefined> => {
      const seen = await inspect({ service: serviceId, migration });
      const debt = decideDebt(epoch, undefined, seen);
      if (debt in losses) return losses[debt as keyof typeof losses];
      if (seen?.epoch !== epoch) return undefined;
      if (seen.state === 'waiting' && turn === 'standstill') return 'standstill';
      return seen.state === 'running' && turn === 'motion' ? 'motion' : undefined;
    };
    const watch = async () => {
      for (let before: Loss | Turn | undefined; ; ) {
        // Silence is not a loss.
        const loss = await look().catch(() => undefined);
        // The source hears of its pages a moment after they came.
        if (loss && (loss !== 'unsaid' || (unsaid && loss === before))) return loss;
        before = loss;
        await Context.current().sleep(lookEveryMs);
      }
    };
    return withHeartbeat(watch());
  };
