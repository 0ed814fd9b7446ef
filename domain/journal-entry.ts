import { journalStates, type JournalState } from './service';

/** One line of journal.ndjson. */
export interface JournalEntry {
  epoch: number;
  state: JournalState;
  migration?: string;
  /** Cluster at the other side. */
  peer?: string;
  /** RFC 3339 with nanoseconds; for people only, decisions never look at it. */
  at: string;
}

const known: readonly string[] = journalStates;

/** Undefined for anything that is not a whole entry: a write that was torn never had an effect. */
export function parseEntry(line: string): JournalEntry | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { epoch, state, migration, peer, at } = value as Record<string, unknown>;
  if (typeof epoch !== 'number' || !Number.isSafeInteger(epoch) || epoch < 0) return undefined;
  if (typeof state !== 'string' || !known.includes(state)) return undefined;
  return {
    epoch,
    state: state as JournalState,
    ...(typeof migration === 'string' && { migration }),
    ...(typeof peer === 'string' && { peer }),
    at: typeof at === 'string' ? at : '',
  };
}

export const formatEntry = (entry: JournalEntry) => `${JSON.stringify(entry)}\n`;
