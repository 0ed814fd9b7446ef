import type { Client } from '@temporalio/client';
import { workflowTypes } from '../../domain/names';

export interface MigrationSummary {
  workflowId: string;
  runId: string;
  status: string;
  startedAt: string;
  endedAt?: string;
  /** What was set as search attributes; empty where they are not registered. */
  attributes: Record<string, string>;
}

const most = 50;

/** The newest migrations, running ones among them. */
export async function listMigrations(client: Client): Promise<MigrationSummary[]> {
  const found: MigrationSummary[] = [];
  for await (const execution of client.workflow.list({ query: `WorkflowType = '${workflowTypes.migrate}'`, pageSize: most })) {
    found.push({
      workflowId: execution.workflowId,
      runId: execution.runId,
      status: execution.status.name,
      startedAt: execution.startTime.toISOString(),
      ...(execution.closeTime && { endedAt: execution.closeTime.toISOString() }),
      attributes: Object.fromEntries(
        execution.typedSearchAttributes
          .getAll()
          .filter(({ key }) => key.name.startsWith('Carryon'))
          .map(({ key, value }) => [key.name, String(value)]),
      ),
    });
    if (found.length >= most) break;
  }
  return found;
}
