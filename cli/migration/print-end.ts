import type { MigrationEnd } from '../../clients/temporal';
import { nextStep, whereNow } from '../../domain/whereabouts';
import type { App } from '../app';
import { exitCodeOfOutcome } from '../exit-codes';
import { printResult } from '../output/print-result';
import { reportText } from '../output/report-text';

/** Tells how a migration ended; the exit code is its outcome. */
export function printEnd(app: App, id: string, service: string, end: MigrationEnd): number {
  const { outcome, message, report, refusals = [], code, next } = end;
  printResult(app, { workflowId: id, ...end }, report && outcome === 'committed' ? reportText(report) : '');
  if (outcome !== 'committed' && !app.json) {
    const lines = [
      `error: ${message}`,
      // A single refusal is the message itself.
      ...(refusals.length > 1 ? refusals : []).map((refusal) => `  ${refusal.code}: ${refusal.message}`),
      ...(code ? [`  code: ${code}`] : []),
      `  now: ${report ? whereNow({ ...report, outcome }) : whereWithoutReport(outcome, service)}`,
      `  next: ${next ?? nextStep(outcome, service)}`,
    ];
    app.io.stderr.write(`${lines.join('\n')}\n`);
  }
  return exitCodeOfOutcome(outcome);
}

function whereWithoutReport(outcome: MigrationEnd['outcome'], service: string): string {
  if (outcome === 'refused') return 'Nothing was touched.';
  if (outcome === 'rolled-back') return `${service} runs where it was.`;
  return `See \`carryon ps\` for where ${service} is.`;
}
