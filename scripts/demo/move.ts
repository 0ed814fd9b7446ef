import type { Carryon } from '../../test/e2e/support/carryon';
import { addressOf } from '../../test/e2e/support/clusters';
import type { RedisLoad } from '../../test/e2e/support/load/redis';
import type { MigrationReport } from '../../domain/migration';

/** One migration of the demo: what carryon reports, and what the clients saw. */
export interface DemoMigration extends Pick<MigrationReport, 'from' | 'to' | 'strategy' | 'migrationMs' | 'downtimeMs' | 'bytesSent'> {
  /** Longest time that any client waited for an answer while the migration went on. */
  clientDowntimeMs: number;
  /** Writes that were acknowledged since the beginning, and how many of them are gone. */
  acknowledged: number;
  lost: number;
  connections: number;
  broken: number;
}

export interface DemoResult {
  migration: DemoMigration;
  problems: string[];
}

/** Moves the service while the clients go on; then looks for every acknowledged write at the destination's own address. */
export async function move(carryon: Carryon, load: RedisLoad, service: { name: string; port: number }, to: string): Promise<DemoResult> {
  load.resetWindow();
  const report = await carryon.migrate(service.name, { to });
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  const clientDowntimeMs = load.longestGapMs();
  const { problems, acknowledged, lost, connections, broken } = await load.checkAt(addressOf(to), service.port);
  const { from, strategy, migrationMs, downtimeMs, bytesSent } = report;
  return {
    migration: { from, to, strategy, migrationMs: rounded(migrationMs), downtimeMs: rounded(downtimeMs), clientDowntimeMs: rounded(clientDowntimeMs), bytesSent, acknowledged, lost, connections, broken },
    problems,
  };
}

export function describeMigration({ migration: m, problems }: DemoResult): string {
  return [
    `${m.from} -> ${m.to} by ${m.strategy}: ${m.migrationMs} ms in all, down for ${m.downtimeMs} ms, clients waited ${m.clientDowntimeMs} ms at most, ${(m.bytesSent / 2 ** 20).toFixed(1)} MiB sent`,
    `  ${m.acknowledged} acknowledged writes, ${m.lost} lost; ${m.connections} connections, ${m.broken} broken`,
    ...problems.map((problem) => `  ${problem}`),
  ].join('\n');
}

/** What follows the commit (pages that are still fetched) belongs to what clients see. */
const settleMs = 500;
const rounded = (ms: number) => Math.round(ms * 10) / 10;
