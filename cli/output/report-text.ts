import type { MigrationReport, Outcome, SourceNow } from '../../domain/migration';
import { formatBytes, formatDuration } from '../../domain/quantities';
import type { Window } from '../../domain/window';
import { table } from './table';

/** What runs where now, by outcome. */
export function whereNow({ outcome, name, from, to, sourceNow }: Pick<MigrationReport, 'outcome' | 'name' | 'from' | 'to' | 'sourceNow'>): string {
  const sentences: Record<Outcome, string> = {
    committed: `${name} runs on ${to}.`,
    'rolled-back': atSource(name, from, sourceNow),
    refused: `${name} runs on ${from}; nothing was touched.`,
    resumed: `${name} runs on ${from} again, from the instant of the freeze; what happened to it on ${to} since is lost.`,
    'needs-human': `${name} is neither known to run on ${from} nor on ${to}; at most one copy executes.`,
  };
  return sentences[outcome];
}

function atSource(name: string, from: string, now: SourceNow | undefined): string {
  switch (now) {
    case 'stopped':
      return `${name} is stopped on ${from}, and starts there with its outer container.`;
    case 'anew':
      return `${name} runs on ${from}, where it began anew from its files: its outer container had been restarted, and its memory was lost.`;
    case 'gone':
      return `${name} has no outer container on ${from} any more: somebody removed it. Its volumes there are as they were left.`;
    case undefined:
      return `${name} runs on ${from}, as before.`;
  }
}

export function reportText(report: MigrationReport): string {
  const { strategy, migrationMs, downtimeMs, bytesSent, window, steps } = report;
  const head = `${whereNow(report)}\n  ${strategy}, downtime ${formatDuration(downtimeMs)}, migration ${formatDuration(migrationMs)}, ${formatBytes(bytesSent)} sent${window ? `\n${windowText(window)}` : ''}`;
  if (steps.length === 0) return head;
  const rows = steps.map(({ phase, name, startedMs, durationMs, bytes }) => [`  ${phase}`, name, `+${formatDuration(startedMs)}`, formatDuration(durationMs), bytes === undefined ? '' : formatBytes(bytes)]);
  return `${head}\n\n${table(['  PHASE', 'STEP', 'AT', 'TOOK', 'BYTES'], rows)}`;
}

const windowText = ({ ms, owedBytes, msPerGib }: Window) =>
  `  window: all pages were in ${formatDuration(ms)} after the commit (${formatBytes(owedBytes)} owed, ${formatDuration(msPerGib)} per GiB)`;
