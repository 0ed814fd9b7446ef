import type { JournalState } from './service';

/** What of a service runs, by the journal of one side, for people. */
const texts: Record<JournalState, string> = {
  absent: 'nothing of it',
  running: 'it runs',
  armedS: 'it runs, unless it was just being stopped',
  frozen: 'it stands frozen',
  handedOff: 'it stands frozen, and its copy may run',
  owing: 'nothing runs; the frozen original holds memory of the copy',
  relaying: 'nothing runs; connections are passed on',
  retired: 'nothing runs',
  armedD: 'nothing runs yet',
  gated: 'a copy stands frozen',
  waiting: 'it stands frozen and waits for memory',
  discarded: 'nothing runs',
};

/** @param side Undefined: it cannot be asked. Null: it has no outer container of the service. `asks`: it was restarted, and waits for its peer's word. */
export function stateText(side: { state: JournalState; stopped?: boolean; asks?: boolean } | null | undefined): string {
  if (side === undefined) return 'cannot be asked';
  if (side === null) return texts.absent;
  if (side.asks) return `nothing runs or stands frozen since it was restarted; it waits for the other side's word (${side.state})`;
  return side.stopped ? 'its outer container is stopped' : `${texts[side.state]} (${side.state})`;
}
