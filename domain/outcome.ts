import type { JournalState } from './service';

/** What one engine's journal says; undefined when it cannot be asked. */
export interface Testimony {
  state: JournalState;
  epoch: number;
  /** The outer container does not run: its journal cannot be asked, and nothing of the service runs or is frozen there. */
  stopped?: boolean;
}

export type Verdict =
  /** The destination owns the service: only forward. */
  | 'committed'
  /** The source owns it and the ticket is spent. */
  | 'rolled-back'
  /** No commit was sent yet: the source's engine may be told to abort; it decides. */
  | 'abortable'
  /** The destination discarded while the source waits for its word: bring it. */
  | 'tell-discarded'
  /** A newer migration has been here: this one is over, how it ended is history. */
  | 'superseded'
  | 'in-doubt';

/** States of a source after the destination acknowledged. */
const handedOver: readonly JournalState[] = ['owing', 'relaying', 'retired'];
/** States of a destination that got the commit; a later migration away from it starts from there. */
const arrived: readonly JournalState[] = ['running', 'waiting'];

/** Reads both journals for one epoch. Never guesses: what neither side can testify is in doubt. */
export function decideOutcome(epoch: number, source: Testimony | undefined, destination: Testimony | undefined): Verdict {
  if (source && source.epoch > epoch) return 'superseded';
  // Only an owner gets a newer ticket, and this source has none: the destination has become the owner.
  if (destination && destination.epoch > epoch) return 'committed';
  const at = (side: Testimony | undefined) => (side?.epoch === epoch ? side.state : undefined);
  const here = at(source);
  const there = at(destination);
  if (there !== undefined && arrived.includes(there)) return 'committed';
  if (here !== undefined && handedOver.includes(here)) return 'committed';
  if (source?.state === 'running') return 'rolled-back';
  if (here === 'armedS' || here === 'frozen') return 'abortable';
  // A driver that has died with its container sends no commit; the destination may only have got one before.
  if (source?.stopped && there !== 'discarded') return 'abortable';
  if (there === 'discarded') return here === 'handedOff' ? 'tell-discarded' : 'rolled-back';
  return 'in-doubt';
}
