import type { DriverEvent } from './engine';
import type { MigrationReport, Step } from './migration';
import type { Phase } from './phases';

/** The phase that a step of the native driver belongs to. */
const phaseOfEvent: Record<string, Phase> = {
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

/** The driver's timeline as steps: each lasts from the event before it to its own. */
export function stepsOfEvents(events: readonly DriverEvent[], startedMs: number): Step[] {
  const steps: Step[] = [];
  let before: number | undefined;
  for (const event of [...events].sort((one, other) => one.atMs - other.atMs)) {
    const phase = phaseOfEvent[event.step];
    before ??= event.atMs - (event.ms ?? 0);
    if (phase) {
      steps.push({
        phase,
        name: event.state ? `${event.step}: ${event.state}` : event.step,
        startedMs: round(before - startedMs),
        durationMs: round(event.atMs - before),
        ...(event.bytes !== undefined && { bytes: event.bytes }),
      });
    }
    before = event.atMs;
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
