import type { DriverEvent } from './engine';
import type { Testimony } from './outcome';

/** What has become of the memory that post-copy left at the source. */
export type Debt =
  /** Pages are still on their way, or nobody can tell. */
  | 'open'
  /** The destination has all of them, whether or not the source heard of it. */
  | 'paid'
  /** The destination's container was restarted: the service began afresh there and needs none of them. */
  | 'restarted'
  /** A newer epoch began at the destination, which no engine allows while it is owed pages. */
  | 'moved-on'
  /** The service stands still at the destination before a page that nobody fetches. Where only the link is away it goes on by itself, and the debt is open. */
  | 'waiting'
  /** The source has taken the service back, as people or the request's policy have decided. */
  | 'resumed'
  /** The destination's outer container was removed. */
  | 'gone';

/** Undefined: cannot be asked now. Null: there is no outer container. `events`: absent when the engine has nothing to tell of this migration. */
type Witness = (Testimony & { events?: readonly DriverEvent[]; stranded?: boolean }) | null | undefined;

/** Of either driver's timeline: the destination has all of the service's memory. */
export const tellsAllPages = ({ step, state }: DriverEvent) => step === 'pages' && state === 'done';

/** Never guesses: what neither engine testifies leaves the debt open. */
export function decideDebt(epoch: number, source: Witness, destination: Witness): Debt {
  if (source?.epoch === epoch && (source.state === 'relaying' || source.state === 'retired')) return 'paid';
  if (source?.epoch === epoch && source.state === 'running') return 'resumed';
  if (destination === undefined) return 'open';
  if (destination === null) return 'gone';
  if (destination.epoch > epoch) return 'moved-on';
  if (destination.epoch < epoch) return 'open';
  if (destination.state === 'waiting') return destination.stranded ? 'waiting' : 'open';
  if (destination.state !== 'running' || !destination.events) return 'open';
  // The driver's timeline lies in the container's memory, and an arrival never runs without one.
  if (destination.events.length === 0) return 'restarted';
  return destination.events.some(tellsAllPages) ? 'paid' : 'open';
}
