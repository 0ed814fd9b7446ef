import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { tellsAllPages } from '../../domain/debt';
import type { DriverEvent } from '../../domain/engine';
import { readIfThere } from '../read-file';

const outcomes = ['committed', 'aborted', 'discarded', 'in-doubt', 'waiting'] as const;

/** The driver's timeline. It notes that all pages are in before it tells so; where it died in between, the note speaks for it: otherwise the source would owe them for ever. */
export async function readEvents(dir: string): Promise<DriverEvent[]> {
  const events = parseEvents((await readIfThere(join(dir, 'events.ndjson'))) ?? '');
  if (events.length === 0 || events.some(tellsAllPages)) return events;
  const note = await noteOfPages(dir);
  return note ? [...events, { atMs: note.mtimeMs, step: 'pages', state: 'done' }] : events;
}

/** The destination's driver leaves it when all pages are in, before it says so; undefined where there is none. */
export const noteOfPages = (dir: string) => stat(join(dir, 'pages-whole')).catch(() => undefined);

/** The driver is configured and its first preparation succeeded: it can have been asked to hold and to freeze. */
export async function wasReady(dir: string): Promise<boolean> {
  if ((await readIfThere(join(dir, 'config'))) === undefined) return false;
  return (await readEvents(dir)).some(({ step, state }) => step === 'prepare' && state === 'ready');
}

/** Lines that are not whole yet, or not understood, are left out. */
export function parseEvents(text: string): DriverEvent[] {
  return text
    .split('\n')
    .map(parseEvent)
    .filter((event) => event !== undefined);
}

function parseEvent(line: string): DriverEvent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const event = value as Record<string, unknown>;
  if (typeof event.step !== 'string') return undefined;
  const outcome = outcomes.find((known) => known === event.outcome);
  return {
    atMs: typeof event.t === 'number' ? event.t / 1e6 : 0,
    step: event.step,
    ...(typeof event.state === 'string' && { state: event.state }),
    ...(typeof event.ms === 'number' && { ms: event.ms }),
    ...(typeof event.bytes === 'number' && { bytes: event.bytes }),
    ...(outcome && { outcome }),
    ...(typeof event.tookMs === 'number' && { tookMs: event.tookMs }),
    ...(typeof event.downtimeMs === 'number' && { downtimeMs: event.downtimeMs }),
  };
}

export const bytesSent = (events: DriverEvent[]) => events.reduce((sum, event) => sum + (event.bytes ?? 0), 0);
export const outcomeOf = (events: DriverEvent[]) => events.findLast((event) => event.step === 'end')?.outcome;
export const downtimeOf = (events: DriverEvent[]) => events.findLast((event) => event.downtimeMs !== undefined)?.downtimeMs;
