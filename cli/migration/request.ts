import type { Command } from 'commander';
import type { ExecSessions, MigrationRequest, OnLoss, Strategy } from '../../domain/migration';
import { lossPolicies } from '../../domain/request';
import { parseDuration } from '../../domain/quantities';
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
  onLoss?: OnLoss;
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
    .option('--on-loss <policy>', 'when the destination is lost while pages are owed to it: keep-frozen or resume-frozen (default: keep-frozen)', oneOf('--on-loss', lossPolicies))
    .argument('<service>', 'name or UUID');
}

export function migrationRequest(service: string, { to, from, strategy, maxDowntime, relayFor, execSessions, onLoss }: RequestOptions): MigrationRequest {
  return {
    service,
    to,
    ...(from && { from }),
    ...(strategy && { strategy }),
    ...(maxDowntime !== undefined && { maxDowntimeMs: maxDowntime }),
    ...(relayFor !== undefined && { relayForMs: relayFor }),
    ...(execSessions && { execSessions }),
    ...(onLoss && { onLoss }),
  };
}
