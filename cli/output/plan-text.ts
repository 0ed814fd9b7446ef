import type { MigrationPlan } from '../../domain/migration';
import { formatBytes, formatDuration } from '../../domain/quantities';
import { msPerGib } from '../../domain/window';

/** Workers of an earlier version name no risks. */
export function planText({ service, from, to, strategy, reasons, risks = [], refusals, bytesPerSecond, predicted }: Omit<MigrationPlan, 'risks'> & { risks?: string[] }): string {
  const head = `${service.name}: ${from} -> ${to}, ${strategy}`;
  const lines = [
    head,
    ...reasons.map((reason) => `  because ${reason}`),
    ...risks.map((risk) => `  risk: ${risk}`),
    `  predicted: downtime ${formatDuration(predicted.downtimeMs)}, migration ${formatDuration(predicted.migrationMs)}, ${formatBytes(predicted.bytes)}`,
    ...(bytesPerSecond === undefined ? [] : [`  limited to ${formatBytes(bytesPerSecond)} a second before the freeze: its share of what the clusters allow`]),
    ...(predicted.exposureMs > 0 ? [windowText(from, predicted)] : []),
    ...(refusals.length === 0 ? ['  nothing stands in its way'] : ['  it cannot be done:', ...refusals.map(({ code, message }) => `    ${code}: ${message}`)]),
  ];
  return lines.join('\n');
}

/** What post-copy exposes, and how to do without. */
const windowText = (from: string, { exposureMs, exposedBytes }: MigrationPlan['predicted']) =>
  `  window: for about ${formatDuration(exposureMs)} after the commit (${formatDuration(msPerGib(exposureMs, exposedBytes))} per GiB) up to ${formatBytes(exposedBytes)} of its memory are at ${from} alone; what is lost there for good by then is lost. --safety strict has no window`;
