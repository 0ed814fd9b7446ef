import type { Command } from 'commander';
import { lossPolicies, sessionPolicies, strategies } from '../../domain/request';
import { parseDuration } from '../../domain/quantities';
import { safetyLevels } from '../../domain/safety';
import type { MigrationWishes } from '../../domain/wishes';
import type { CommonOptions } from '../app';
import { oneOf } from '../parse/choice';
import { asUsage, UsageError } from '../usage-error';

export type RequestOptions = CommonOptions & MigrationWishes;

/** Options that `plan` and `migrate` have in common. */
export function requestOptions(command: Command): Command {
  return command
    .requiredOption('--to <id>', 'destination cluster')
    .option('--from <id>', 'source cluster (default: found by asking all)')
    .option('--strategy <strategy>', `${strategies.join(', ')} (default: auto)`, oneOf('--strategy', strategies))
    .option('--max-downtime <duration>', 'downtime that is asked for, which decides between the strategies where none is given (default: 200ms)', asUsage('--max-downtime', parseDuration))
    .option('--relay-for <duration>', 'how long the source goes on carrying old connections, which then end (default: 10m)', asUsage('--relay-for', parseDuration))
    .option('--exec-sessions <policy>', 'what to do with open exec sessions: refuse or end (default: refuse)', oneOf('--exec-sessions', sessionPolicies))
    .option('--safety <level>', `${safetyLevels.join(', ')}; strict: no memory lies at the source after the commit (default: what the clusters ask for)`, oneOf('--safety', safetyLevels))
    .option('--priority <number>', 'from 0 to 100, where migrations wait for a slot: the higher goes first (default: 50)', parsePriority)
    .option('--on-loss <policy>', 'when the destination is lost while pages are owed to it: keep-frozen or resume-frozen (default: keep-frozen)', oneOf('--on-loss', lossPolicies))
    .argument('<service>', 'name or UUID');
}

function parsePriority(text: string): number {
  if (/^\d{1,3}$/.test(text) && Number(text) <= 100) return Number(text);
  throw new UsageError(`--priority: "${text}" is no priority.`, 'Write a whole number from 0 to 100; the higher goes first.');
}
