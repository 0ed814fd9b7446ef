import { tellsAllPages } from './debt';
import type { DriverEvent } from './engine';

/** Post-copy's window: from the commit until the destination holds all pages. Losing the source for good in it loses what is owed. */
export interface Window {
  ms: number;
  /** The service's memory, of which any page may have been owed, bytes. */
  owedBytes: number;
  msPerGib: number;
}

const gib = 1024 ** 3;

/** How long one GiB of memory takes, where these bytes take these ms. */
export const msPerGib = (ms: number, bytes: number) => (ms * gib) / bytes;

/** As the source's driver timed it, on one clock; the commit counts from when it was sent. Undefined before all pages are in, and without a debt. */
export function windowOfEvents(events: readonly DriverEvent[], owedBytes: number): Window | undefined {
  const commit = events.find(({ step, state }) => step === 'commit' && (state === 'handedOff' || state === 'committed'));
  const done = events.findLast(tellsAllPages);
  if (!commit || !done || owedBytes <= 0) return undefined;
  const ms = Math.max(0, done.atMs - commit.atMs);
  return { ms: round(ms), owedBytes, msPerGib: round(msPerGib(ms, owedBytes)) };
}

const round = (ms: number) => Math.round(ms * 10) / 10;
