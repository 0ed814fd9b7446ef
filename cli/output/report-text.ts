import type { MigrationReport } from '../../domain/migration';
import { formatBytes, formatDuration } from '../../domain/quantities';
import { whereNow } from '../../domain/whereabouts';
import type { Window } from '../../domain/window';
import { table } from './table';

export function reportText(report: MigrationReport): string {
  const { strategy, migrationMs, downtimeMs, bytesSent, window, steps, warnings = [] } = report;
  const head = `${whereNow(report)}\n  ${strategy}, downtime ${formatDuration(downtimeMs)}, migration ${formatDuration(migrationMs)}, ${formatBytes(bytesSent)} sent${window ? `\n${windowText(window)}` : ''}${warnings.map(({ code, message }) => `\n  warning (${code}): ${message}`).join('')}`;
  if (steps.length === 0) return head;
  const rows = steps.map(({ phase, name, startedMs, durationMs, bytes }) => [`  ${phase}`, name, `+${formatDuration(startedMs)}`, formatDuration(durationMs), bytes === undefined ? '' : formatBytes(bytes)]);
  return `${head}\n\n${table(['  PHASE', 'STEP', 'AT', 'TOOK', 'BYTES'], rows)}`;
}

const windowText = ({ ms, owedBytes, msPerGib }: Window) =>
  `  window: all pages were in ${formatDuration(ms)} after the commit (${formatBytes(owedBytes)} owed, ${formatDuration(msPerGib)} per GiB)`;
