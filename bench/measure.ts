import type { MigrationReport, Strategy } from '../domain/migration';
import type { Carryon } from '../test/e2e/support/carryon';
import { Mover } from './mover';
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

type Told = (sample: Sample) => void;

/** Moves the scenario's service to and fro under load. */
export async function measure(carryon: Carryon, scenario: Scenario, options: MeasureOptions, onSample: Told): Promise<Sample[]> {
  const [samples = []] = await measureByTurns(carryon, [{ scenario, clusters: options.clusters, onSample }], options);
  return samples;
}

export interface Measured {
  scenario: Scenario;
  clusters: readonly [string, string];
  onSample: Told;
}

/** Several at a time, each moved once before the first is moved again: what the machine has to do besides is the same for all. */
export async function measureByTurns(carryon: Carryon, all: readonly Measured[], { runs, strategy }: Pick<MeasureOptions, 'runs' | 'strategy'>): Promise<Sample[][]> {
  const movers: Mover[] = [];
  const samples: Sample[][] = all.map(() => []);
  try {
    for (const { scenario, clusters } of all) movers.push(await Mover.start(carryon, scenario, { runs, strategy, clusters }));
    for (let run = 1; run <= runs; run++) {
      for (const [index, mover] of movers.entries()) {
        const sample = await mover.move();
        samples[index]?.push(sample);
        all[index]?.onSample(sample);
      }
    }
  } finally {
    for (const mover of movers) await mover.end();
  }
  return samples;
}
