import type { DriverEvent } from './engine';
import type { MigrationReport, Step } from './migration';
import type { Phase } from './phases';

/** The phase that a step of the native driver belongs to. */
const phaseOfEvent: Record<string, Phase> = {
  ahead: 'pre-dump',
  hold: 'freeze',
  freeze: 'freeze',
  dump: 'final-dump',
  images: 'transfer',
  files: 'transfer',
  restore: 'restore',
  gate: 'restore',
  commit: 'commit',
  release: 'commit',
  pages: 'finish',
};

/** The driver's timeline as steps: each lasts from the event before it to its own, the first from the beginning of the critical section; or as long as it says. */
export function stepsOfEvents(events: readonly DriverEvent[], startedMs: number): Step[] {
  const steps: Step[] = [];
  let before = 0;
  for (const { step, state, ms, atMs, bytes, tookMs } of events) {
    const phase = phaseOfEvent[step];
    if (!phase || ms === undefined) continue;
    const durationMs = tookMs ?? Math.max(0, ms - before);
    before = ms;
    steps.push({
      phase,
      name: state ? `${step}: ${state}` : step,
      startedMs: round(atMs - durationMs - startedMs),
      durationMs: round(durationMs),
      ...(bytes !== undefined && { bytes }),
    });
  }
  return steps;
}

/** Downtime that the driver measured by itself, if it got so far as to tell. */
export const downtimeOfEvents = (events: readonly DriverEvent[]) => events.findLast(({ downtimeMs }) => downtimeMs !== undefined)?.downtimeMs;

export interface ReportInput extends Omit<MigrationReport, 'migrationMs' | 'downtimeMs'> {
  startedMs: number;
  endedMs: number;
  downtimeMs?: number;
}

/** A migration that was not committed has no downtime to tell unless it was measured. */
export function buildReport({ startedMs, endedMs, downtimeMs, steps, ...rest }: ReportInput): MigrationReport {
  return {
    ...rest,
    migrationMs: round(endedMs - startedMs),
    downtimeMs: round(downtimeMs ?? 0),
    steps: [...steps].sort((one, other) => one.startedMs - other.startedMs),
  };
}

const round = (ms: number) => Math.round(ms * 10) / 10;
