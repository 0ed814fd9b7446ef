import type { Command } from 'commander';
import type { ExecSessions, MigrationRequest, Strategy } from '../../domain/migration';
import { parseDuration } from '../../domain/quantities';
import { safetyLevels, type Safety } from '../../domain/safety';
import type { CommonOptions } from '../app';
import { oneOf } from '../parse/choice';
import { asUsage } from '../usage-error';

export interface RequestOptions extends CommonOptions {
  to: string;
  from?: string;
  strategy?: Strategy | 'auto';
  maxDowntime?: number;
  relayFor?: number;
  execSessions?: ExecSessions;
  safety?: Safety;
}

const strategies = ['auto', 'stop-and-copy', 'post-copy'] as const;
const sessionPolicies = ['refuse', 'end'] as const;

/** Options that `plan` and `migrate` have in common. */
export function requestOptions(command: Command): Command {
  return command
    .requiredOption('--to <id>', 'destination cluster')
    .option('--from <id>', 'source cluster (default: found by asking all)')
    .option('--strategy <strategy>', `${strategies.join(', ')} (default: auto)`, oneOf('--strategy', strategies))
    .option('--max-downtime <duration>', 'downtime that is asked for, for example 200ms', asUsage('--max-downtime', parseDuration))
    .option('--relay-for <duration>', 'how long the source goes on carrying old connections, for example 10m', asUsage('--relay-for', parseDuration))
    .option('--exec-sessions <policy>', 'what to do with open exec sessions: refuse or end (default: refuse)', oneOf('--exec-sessions', sessionPolicies))
    .option('--safety <level>', `${safetyLevels.join(', ')}; strict: no memory lies at the source after the commit (default: what the clusters ask for)`, oneOf('--safety', safetyLevels))
    .argument('<service>', 'name or UUID');
}

export function migrationRequest(service: string, { to, from, strategy, maxDowntime, relayFor, execSessions, safety }: RequestOptions): MigrationRequest {
  return {
    service,
    to,
    ...(from && { from }),
    ...(strategy && { strategy }),
    ...(maxDowntime !== undefined && { maxDowntimeMs: maxDowntime }),
    ...(relayFor !== undefined && { relayForMs: relayFor }),
    ...(execSessions && { execSessions }),
    ...(safety && { safety }),
  };
}
