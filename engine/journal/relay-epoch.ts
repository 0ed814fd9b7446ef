import type { JournalState } from '../../domain/service';
import type { JournalView } from '../../domain/journal';

/** States of a newer epoch that leave an older relay in place. */
const leaves: readonly JournalState[] = ['armedD', 'gated', 'discarded', 'relaying', 'owing'];

/** Epoch in which the service left from here, when its old connections are still carried; undefined when none are. */
export function relayEpoch(view: JournalView): number | undefined {
  const newestFirst = [...view.history.values()].sort((a, b) => b.epoch - a.epoch);
  for (const entry of newestFirst) {
    if (entry.state === 'relaying' || entry.state === 'owing') return entry.epoch;
    if (!leaves.includes(entry.state)) return undefined;
  }
  return undefined;
}
