import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { DefaultLogger, type LogEntry, type LogLevel } from '@temporalio/worker';

/** What the SDK warns of though it is meant so: coordinators have activities only, and a migration that is refused or taken back ends as it should. */
const expected = ['No workflows registered', 'No Nexus services registered'];
const isExpected = ({ message, meta }: LogEntry) =>
  expected.some((words) => message.startsWith(words)) || (message === 'Workflow failed' && isBenign((meta)?.error));
const isBenign = (error: unknown) => error instanceof ApplicationFailure && error.category === ApplicationFailureCategory.BENIGN;

/** One line an event, to stderr: time, level, words, and which queue or workflow is meant. */
export const createLog = (level: LogLevel): DefaultLogger =>
  new DefaultLogger(level, (entry) => {
    if (!isExpected(entry)) process.stderr.write(`${line(entry)}\n`);
  });

function line({ level, timestampNanos, message, meta }: LogEntry): string {
  const at = new Date(Number(timestampNanos / 1_000_000n)).toISOString();
  const facts: Record<string, unknown> = meta ?? {};
  const told = ['taskQueue', 'workflowId', 'activityType', 'state'].flatMap((name) => (typeof facts[name] === 'string' ? [`${name}=${facts[name]}`] : []));
  const error = facts.error instanceof Error ? [`error=${JSON.stringify(facts.error.message)}`] : [];
  return [at, level, message, ...told, ...error].join(' ');
}
