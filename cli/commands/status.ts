import type { Command } from 'commander';
import type { MigrationStatus, MigrationSummary } from '../../clients/temporal';
import { phases } from '../../domain/phases';
import { formatBytes, formatDuration } from '../../domain/quantities';
import type { App, CommonOptions } from '../app';
import { newCommand, withApp, type Runtime } from '../command';
import { withMigrations } from '../migration/with-migrations';
import { printResult } from '../output/print-result';
import { reportText } from '../output/report-text';
import { table } from '../output/table';

export function statusCommand(runtime: Runtime): Command {
  return newCommand('status', 'how migrations go, or went')
    .argument('[migration]', 'service or workflow id; all when absent')
    .action((id: string | undefined, options: CommonOptions) => withApp(runtime, options, (app) => (id === undefined ? showAll(app) : showOne(app, id))));
}

async function showAll(app: App): Promise<void> {
  const migrations = await withMigrations(app, (connected) => connected.list());
  printResult(app, migrations, migrations.length === 0 ? 'no migrations' : summaries(migrations));
}

async function showOne(app: App, id: string): Promise<void> {
  const status = await withMigrations(app, (migrations) => migrations.status(id, true));
  printResult(app, status, statusText(status));
}

function summaries(migrations: MigrationSummary[]): string {
  const word = (summary: MigrationSummary, name: string) => summary.attributes[`Carryon${name}`] ?? '-';
  return table(
    ['MIGRATION', 'STATUS', 'FROM', 'TO', 'PHASE', 'STRATEGY', 'STARTED'],
    migrations.map((one) => [one.workflowId, one.status.toLowerCase(), word(one, 'Source'), word(one, 'Destination'), word(one, 'Phase'), word(one, 'Strategy'), one.startedAt]),
  );
}

function statusText({ workflowId, status, startedAt, endedAt, progress, report }: MigrationStatus): string {
  const head = `${workflowId}: ${status.toLowerCase()}, started ${startedAt}${endedAt ? `, ended ${endedAt}` : ''}`;
  if (endedAt && report) return `${head}\n${report.reason ? `${report.reason}\n` : ''}${reportText(report)}`;
  if (!progress) return `${head}\nits worker does not answer; the coordinators may be down (carryon up)`;
  const { phase, message, bytes, totalBytes, remainingMs } = progress;
  const rest = remainingMs ? `, about ${formatDuration(remainingMs)} left` : '';
  return `${head}\n  ${phases[phase].title}: ${message}\n  ${formatBytes(bytes)} of ${formatBytes(totalBytes)}${rest}`;
}
