import type { MigrationPlan } from '../../domain/migration';
import { formatBytes, formatDuration } from '../../domain/quantities';

export function planText({ service, from, to, strategy, reasons, refusals, predicted }: MigrationPlan): string {
  const head = `${service.name}: ${from} -> ${to}, ${strategy}`;
  const lines = [
    head,
    ...reasons.map((reason) => `  because ${reason}`),
    `  predicted: downtime ${formatDuration(predicted.downtimeMs)}, migration ${formatDuration(predicted.migrationMs)}, ${formatBytes(predicted.bytes)}`,
    ...(predicted.exposureMs > 0 ? [`  for about ${formatDuration(predicted.exposureMs)} after the commit the service depends on both sides`] : []),
    ...(refusals.length === 0 ? ['  nothing stands in its way'] : ['  it cannot be done:', ...refusals.map(({ code, message }) => `    ${code}: ${message}`)]),
  ];
  return lines.join('\n');
}
