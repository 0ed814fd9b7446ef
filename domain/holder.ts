import type { JournalState } from './service';

/** Commands of a user that hold a service while they are under way. */
export const holdingCommands = ['stop', 'rm'] as const;
export type HoldingCommand = (typeof holdingCommands)[number];

/** Who has the say about a service at one engine now. Nobody else may act on it there until it is done. */
export type Holder =
  | { kind: 'migration'; migration: string; epoch: number; peer: string }
  /** `exec` does not keep a migration from beginning: what becomes of it is the request's `execSessions`. */
  | { kind: 'command'; command: HoldingCommand | 'exec'; epoch: number };

/** "migration 7f3c… (epoch 4, with cloud)", "the command stop (epoch 3)". */
export const holderText = (holder: Holder): string =>
  holder.kind === 'migration' ? `migration ${holder.migration} (epoch ${holder.epoch}, with ${holder.peer})` : `the command ${holder.command} (epoch ${holder.epoch})`;

/** States in which a migration holds the service at this engine. */
export const migrating: readonly JournalState[] = ['armedS', 'frozen', 'handedOff', 'owing', 'armedD', 'gated', 'waiting'];
