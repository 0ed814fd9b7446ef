import { expect } from '@jest/globals';
import type { MigrationReport } from '../../../domain/migration';
import type { Load, LoadResult } from './load/load';

/** Nothing that the service acknowledged is gone, and no connection ended. */
export function expectUnharmed(result: LoadResult): void {
  expect(result.problems).toEqual([]);
  expect(result).toMatchObject({ lost: 0, broken: 0 });
  expect(result.acknowledged).toBeGreaterThan(0);
}

/** The load went on after the migration: more answers than before, on all connections. */
export async function expectUnharmedAndAlive(load: Load): Promise<void> {
  const before = await load.check();
  expectUnharmed(before);
  load.resetWindow();
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  // Before the check, which reads all that was ever written and lets nobody else do anything meanwhile.
  const longestGapMs = load.longestGapMs();
  const after = await load.check();
  expectUnharmed(after);
  expect(after.acknowledged).toBeGreaterThan(before.acknowledged);
  expect(longestGapMs).toBeLessThan(settleMs);
}

export function expectCommitted(report: MigrationReport, wanted: Partial<MigrationReport>): void {
  if (report.outcome !== 'committed') throw new Error(`the migration to ${report.to} ended as ${report.outcome}: ${report.reason ?? 'no reason given'}`);
  expect(report).toMatchObject(wanted);
  expect(report.downtimeMs).toBeGreaterThan(0);
  expect(report.migrationMs).toBeGreaterThan(report.downtimeMs);
}

const settleMs = 1_000;
