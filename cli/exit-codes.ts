import { CommanderError } from 'commander';
import { ConfigError } from '../clients/config';
import { CarryonError } from '../domain/errors';
import type { Outcome } from '../domain/migration';
import { UsageError } from './usage-error';

/** Stable API of the command line. */
export const exitCodes = {
  done: 0,
  unexpected: 1,
  usage: 2,
  refused: 3,
  rolledBack: 4,
  needsHuman: 5,
  committedAlready: 6,
  resumed: 7,
} as const;

export function exitCodeOfOutcome(outcome: Outcome): number {
  switch (outcome) {
    case 'committed':
      return exitCodes.done;
    case 'refused':
      return exitCodes.refused;
    case 'rolled-back':
      return exitCodes.rolledBack;
    case 'resumed':
      return exitCodes.resumed;
    case 'needs-human':
      return exitCodes.needsHuman;
  }
}

export function exitCodeOfError(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  if (error instanceof UsageError || error instanceof ConfigError) return exitCodes.usage;
  if (!(error instanceof CarryonError)) return exitCodes.unexpected;
  if (error.code === 'committed') return exitCodes.committedAlready;
  if (error.recovery === 'refuse') return exitCodes.refused;
  if (error.recovery === 'human') return exitCodes.needsHuman;
  return exitCodes.unexpected;
}
