import { continueAsNew, setCurrentDetails, sleep, workflowInfo } from '@temporalio/workflow';
import type { RemoveSourceResult } from '../activities/remove-source';
import { formatDuration } from '../domain/quantities';
import type { Sighting } from '../domain/sighting';
import { on } from './coordinators';
import { forwardProbe } from './options';

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
  const { serviceId, cluster, epoch, untilMs, owesNothing = false } = input;
  let quiet = input.quiet ?? 0;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    const seen = await on(cluster, forwardProbe, 'who still uses the relay?').locateService({ service: serviceId });
    if (!seen) return { removed: false, why: 'it is gone already' };
    if (!isRelay(seen, epoch, owesNothing)) return { removed: false, why: `it is ${seen.state} in epoch ${seen.epoch}` };
    quiet = seen.relayedConnections === 0 ? quiet + 1 : 0;
    const leftMs = untilMs - Date.now();
    if (seen.state === 'retired' || quiet >= quietLooks || leftMs <= 0) break;
    setCurrentDetails(`${seen.relayedConnections} connections of ${input.name} enter at ${cluster}; ends in ${formatDuration(leftMs)} at the latest`);
    await sleep(Math.min(quiet > 0 ? firstPauseMs : pauseMs, leftMs), { summary: 'relaying' });
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof retireSource>({ ...input, quiet });
  }
  await on(cluster, forwardProbe, 'end the relay').endRelay({ serviceId, epoch });
  return on(cluster, forwardProbe, 'remove the outer container, keep its volumes').removeSource({ serviceId, epoch, ...(owesNothing && { owesNothing }) });
}

/** A source leads old connections on from its commit; while it may be owed to, it is not given up. */
const isRelay = (seen: Sighting, epoch: number, owesNothing: boolean) =>
  seen.epoch === epoch && (seen.state === 'relaying' || seen.state === 'retired' || (owesNothing && seen.state === 'owing'));
