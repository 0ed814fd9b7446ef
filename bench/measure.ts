import { loadavg } from 'node:os';
import type { MigrationReport, Strategy } from '../domain/migration';
import type { Carryon } from '../test/e2e/support/carryon';
import { startService } from '../test/e2e/support/services';
import type { Scenario } from './scenarios';

export interface Sample extends Pick<MigrationReport, 'from' | 'to' | 'strategy' | 'migrationMs' | 'downtimeMs' | 'bytesSent' | 'window'> {
  /** Longest silence on any connection, from the request to a second after the report. */
  clientDowntimeMs: number;
  /** Silences above 20 ms within that time: when they ended, ms after the request, and how long they were. */
  gaps: { afterMs: number; ms: number }[];
  /** When the service's execution passed to the destination, ms after the request, as the report has it. */
  handoffAfterMs?: number;
  /** The handoff as the source's driver tells it: when each step ended, ms after the request, and how long it took. */
  handoff: { step: string; afterMs: number; ms: number }[];
  /** Longest silence in the second before the request. */
  quietMs: number;
  lost: number;
  broken: number;
  problems: string[];
  loadavg: number;
}

export interface MeasureOptions {
  runs: number;
  strategy: Strategy;
  clusters: readonly [string, string];
}

/** Moves the scenario's service to and fro under load. */
export async function measure(carryon: Carryon, scenario: Scenario, options: MeasureOptions, onSample: (sample: Sample) => void): Promise<Sample[]> {
  const load = await scenario.start(await startService(carryon, { ...scenario.service, cluster: options.clusters[0] }));
  const samples: Sample[] = [];
  try {
    for (let run = 1; run <= options.runs; run++) {
      load.resetWindow();
      await second();
      const quietMs = load.longestGapMs();
      const [loadNow = 0] = loadavg();
      load.resetWindow();
      const requestedAt = Date.now();
      const report = await carryon.migrate(scenario.service.name, { to: options.clusters[run % 2]!, strategy: options.strategy });
      if (report.outcome !== 'committed') throw new Error(`migration ${run} of ${scenario.name} ended as ${report.outcome}: ${report.reason ?? 'no reason given'}`);
      const { steps, from, to, strategy, migrationMs, downtimeMs, bytesSent, window } = report;
      await second();
      const clientDowntimeMs = load.longestGapMs();
      const gaps = load.noticeableGaps().map(({ endedAt, ms }) => ({ afterMs: endedAt - requestedAt, ms: Math.round(ms) }));
      const handoffAfterMs = steps.find(({ phase }) => phase === 'freeze')?.startedMs;
      const handoff = steps.filter(({ name }) => name.includes(': ')).map(({ name, startedMs, durationMs }) => ({ step: name, afterMs: Math.round(startedMs + durationMs), ms: durationMs }));
      const { lost, broken, problems } = await load.check();
      const sample = { from, to, strategy, migrationMs, downtimeMs, clientDowntimeMs, gaps, handoffAfterMs, handoff, quietMs, bytesSent, window, lost, broken, problems, loadavg: loadNow };
      samples.push(sample);
      onSample(sample);
    }
  } finally {
    await load.finish().catch(() => undefined);
    await carryon.remove(scenario.service.name);
  }
  return samples;
}

export const second = () => new Promise((resolve) => setTimeout(resolve, 1_000));
