import { loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { Strategy } from '../domain/migration';
import type { Carryon } from '../test/e2e/support/carryon';
import { startService } from '../test/e2e/support/services';
import { SlowDriver } from '../test/e2e/support/slow-driver';
import type { MeasureOptions } from './measure';
import type { Scenario } from './scenarios';
import { second } from './second';

/** A migration whose destination could not restore what it had got. */
export interface RollbackSample {
  from: string;
  to: string;
  strategy: Strategy;
  /** The silence that the failure fell into, on the connection where it lasted longest. */
  gapMs: number;
  /** From the failure, as the destination's driver tells it, to the end of that silence. */
  afterFailureMs: number;
  /** From the request to the end of the rollback. */
  migrationMs: number;
  lost: number;
  broken: number;
  problems: string[];
  loadavg: number;
}

const failing = 'restore';

/** Moves the scenario's service once, so that there is an outer container at both sides, and lets its way back fail at the restore, again and again. */
export async function measureRollbacks(carryon: Carryon, scenario: Scenario, { runs, strategy, clusters: [to, from] }: MeasureOptions, onSample: (sample: RollbackSample) => void): Promise<RollbackSample[]> {
  const { name } = scenario.service;
  const load = await scenario.start(await startService(carryon, { ...scenario.service, cluster: to }));
  const samples: RollbackSample[] = [];
  try {
    const there = await carryon.migrate(name, { to: from, strategy, relayFor: '1h' });
    if (there.outcome !== 'committed') throw new Error(`${name} could not be moved to ${from}: ${there.reason ?? there.outcome}`);
    const driver = await SlowDriver.at(to, name);
    await driver.spoil(`${failing}=fail`);
    for (let run = 1; run <= runs; run++) {
      await driver.forget();
      const [loadNow = 0] = loadavg();
      await second();
      load.resetWindow();
      const end = carryon.tryToMigrate(name, { to, strategy });
      const failedAt = await failureOf(driver, end);
      const { outcome, report, message } = await end;
      if (outcome !== 'rolled-back' || !report) throw new Error(`migration ${run} of ${name} was to be rolled back, and ended as ${outcome}: ${message}`);
      await second();
      if (failedAt === undefined) throw new Error(`the restore of migration ${run} of ${name} did not fail: ${message}`);
      const gap = load.noticeableGaps().filter(({ endedAt, ms }) => endedAt - ms <= failedAt && endedAt >= failedAt).sort((a, b) => b.ms - a.ms)[0];
      const { lost, broken, problems } = await load.check();
      const sample = { from, to, strategy, gapMs: gap?.ms ?? 0, afterFailureMs: gap ? gap.endedAt - failedAt : 0, migrationMs: report.migrationMs, lost, broken, problems, loadavg: loadNow };
      samples.push(sample);
      onSample(sample);
    }
  } finally {
    await load.finish().catch(() => undefined);
    await carryon.remove(name);
  }
  return samples;
}

/** Looked for while it goes on: a copy that is discarded takes its log along. */
async function failureOf(driver: SlowDriver, end: Promise<unknown>): Promise<number | undefined> {
  let over = false;
  end.finally(() => (over = true)).catch(() => undefined);
  for (;;) {
    const failedAt = await driver.failedAt(failing);
    if (failedAt !== undefined || over) return failedAt;
    await pause(20);
  }
}
