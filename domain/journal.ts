import type { JournalState } from './service';
import { parseEntry, type JournalEntry } from './journal-entry';

export interface JournalView {
  state: JournalState;
  epoch: number;
  /** The entry that says so; undefined in an empty journal. */
  current?: JournalEntry;
  /** Of each epoch the entry that stands: an old question still gets its true answer. */
  history: ReadonlyMap<number, JournalEntry>;
}

const owner: readonly JournalState[] = ['running', 'waiting'];

/**
 * Engine and driver may decide at the same time: what was written first stands. An epoch that was discarded is over, one that runs may only
 * wait for pages. As in engine/native/handoff/journal.c.
 */
function counts(before: JournalState | undefined, next: JournalState): boolean {
  if (before !== undefined && owner.includes(before)) return owner.includes(next);
  return before !== 'discarded';
}

/** The newest line that counts of the highest epoch is the state; late lines of older epochs change history only. */
export function reduceJournal(text: string): JournalView {
  const history = new Map<number, JournalEntry>();
  for (const entry of journalEntries(text)) {
    if (counts(history.get(entry.epoch)?.state, entry.state)) history.set(entry.epoch, entry);
  }
  const epoch = history.size === 0 ? 0 : Math.max(...history.keys());
  const current = history.get(epoch);
  return { state: current?.state ?? 'absent', epoch, current, history };
}

/** All that was written, whether or not it counts. */
export const journalEntries = (text: string): JournalEntry[] => wholeLines(text).flatMap((line) => parseEntry(line) ?? []);

/** What follows the last newline is still being written, or was torn. */
const wholeLines = (text: string) => text.split('\n').slice(0, -1);

/** State that a peer may be told about an epoch; `absent` when this engine never heard of it. */
export const stateAt = (view: JournalView, epoch: number): JournalState => view.history.get(epoch)?.state ?? 'absent';
