import type { JournalState } from './service';
import type { Sighting } from './sighting';

/** What a former source is, to the one who waits to remove it. */
export type Retirement =
  /** It carries old connections of this epoch, and nothing newer is under way. */
  | 'relays'
  /** A newer migration is arriving there, and decides; or its journal cannot be read as long as it does not run. */
  | 'awaits'
  /** Its relay has ended. */
  | 'ended'
  /** It is something else by now. */
  | 'over';

const arriving: readonly JournalState[] = ['armedD', 'gated'];

/** A source leads old connections on from its commit; while it may be owed to, it is not given up. An arrival that came to nothing leaves the older relay in place. */
export function decideRetirement(seen: Pick<Sighting, 'state' | 'epoch' | 'relaysFor' | 'stopped'>, epoch: number, owesNothing: boolean): Retirement {
  if (seen.stopped) return 'awaits';
  if (seen.epoch === epoch) {
    if (seen.state === 'retired') return 'ended';
    return seen.state === 'relaying' || (owesNothing && seen.state === 'owing') ? 'relays' : 'over';
  }
  if (seen.relaysFor !== epoch) return 'over';
  if (seen.state === 'discarded') return 'relays';
  return arriving.includes(seen.state) ? 'awaits' : 'over';
}
