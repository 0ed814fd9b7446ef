import { ActivityFailure, continueAsNew, patched, setCurrentDetails, sleep, workflowInfo } from '@temporalio/workflow';
import type { RemoveSourceResult } from '../activities/remove-source';
import { formatDuration } from '../domain/quantities';
import { decideRetirement } from '../domain/retirement';
import { on } from './coordinators';
import { forwardProbe, probe } from './options';

export interface RetireSourceInput {
  serviceId: string;
  name: string;
  cluster: string;
  /** Epoch that was handed over. */
  epoch: number;
  /** The relay ends at this instant even with connections left; ms since 1970. */
  untilMs: number;
  /** The source's journal may say for ever that it owes pages; nobody needs them any more. */
  owesNothing?: boolean;
  /** Looks without any connection so far. */
  quiet?: number;
}

/** Connections may come and go in the first moments; the relay ends when nobody used it in this many looks. */
const quietLooks = 3;
const firstPauseMs = 2000;
const longestPauseMs = 30_000;

/** Waits until nobody needs the relay any more, then removes its outer container. Leaves alone what has become anything else meanwhile. */
export async function retireSource(input: RetireSourceInput): Promise<RemoveSourceResult> {
  const { serviceId, name, cluster, epoch, untilMs, owesNothing = false } = input;
  let quiet = input.quiet ?? 0;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    const seen = await on(cluster, forwardProbe, 'who still uses the relay?').locateService({ service: serviceId });
    if (!seen) return { removed: false, why: 'it is gone already' };
    if (owesNothing && seen.epoch === epoch && seen.state === 'owing' && patched('forget-debt')) await forgetDebt(input);
    const found = decideRetirement(seen, epoch, owesNothing);
    if (found === 'over') return { removed: false, why: `it is ${seen.state} in epoch ${seen.epoch}` };
    quiet = found === 'relays' && seen.relayedConnections === 0 && !seen.relayForgot ? quiet + 1 : 0;
    const leftMs = untilMs - Date.now();
    if (found === 'ended' || (found === 'relays' && (quiet >= quietLooks || leftMs <= 0))) {
      const removal = await remove(input);
      // Its engine has said no: a migration home came in between, and may still fail.
      if (removal !== undefined) return removal;
    }
    const until = found === 'awaits' || leftMs <= 0 ? `${name} may be coming back there` : `ends in ${formatDuration(leftMs)} at the latest`;
    setCurrentDetails(`${seen.relayedConnections} connections of ${name} enter at ${cluster}; ${until}`);
    await sleep(Math.min(quiet > 0 ? firstPauseMs : pauseMs, leftMs > 0 ? leftMs : pauseMs), { summary: 'relaying' });
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof retireSource>({ ...input, quiet });
  }
}

/** Until its journal says so, no migration may come home there. Where it cannot be told, its relay ends with the debt, as late as any other. */
async function forgetDebt({ serviceId, cluster, epoch }: RetireSourceInput): Promise<void> {
  try {
    await on(cluster, probe, 'it owes nothing any more').forgetDebt({ serviceId, epoch });
  } catch (failure) {
    if (!(failure instanceof ActivityFailure)) throw failure;
  }
}

/** Undefined when the outer container is needed after all. */
async function remove({ serviceId, cluster, epoch, owesNothing }: RetireSourceInput): Promise<RemoveSourceResult | undefined> {
  await on(cluster, forwardProbe, 'end the relay').endRelay({ serviceId, epoch });
  const result = await on(cluster, forwardProbe, 'remove the outer container, keep its volumes').removeSource({ serviceId, epoch, ...(owesNothing && { owesNothing }) });
  return result.removed ? result : undefined;
}
