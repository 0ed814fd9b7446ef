import type { Strategy } from '../../domain/migration';

export const sides = ['source', 'destination'] as const;
export type Side = (typeof sides)[number];

/** What is killed, in the order of what tells most. `at-rest` steps are the baseline: the same without a migration. */
export const victims = [
  'source-engine', 'destination-engine', 'source-driver', 'destination-driver', 'source-container', 'destination-container', 'page-daemon',
  'link-2s', 'link-2s-to-destination', 'link-2s-to-source', 'source-coordinator', 'destination-coordinator', 'temporal',
  'link-ever', 'link-ever-to-destination', 'link-ever-to-source', 'source-clock', 'destination-clock', 'source-disk-full', 'destination-disk-full',
] as const;
export type Victim = (typeof victims)[number];

export const strategies: readonly Strategy[] = ['post-copy', 'stop-and-copy'];

/**
 * `source:TAG`, `destination:TAG`: an effect of that side's driver; `source:owing:TAG`: where all pages are owed after the commit. `line:SIDE:STATE`: a line of the journal that an engine has written.
 * `phase:NAME`: a phase as the workflow tells it; `activity:TYPE`, `activity:TYPE:2`: what it asks for within a phase. `at-rest`: no migration.
 */
export type Step = `${Side}:${string}` | `line:${Side}:${string}` | `phase:${string}` | `activity:${string}` | 'at-rest';

export interface Cell {
  step: Step;
  killed: Victim;
  strategy: Strategy;
}

export const outcomes = ['committed', 'rolled-back', 'frozen-in-doubt', 'waiting', 'ordinary-crash', 'declared-loss', 'not-reached', 'violated'] as const;
export type Outcome = (typeof outcomes)[number];

/** A cell that ran. */
export interface Result extends Cell {
  outcome: Outcome;
  /** Its memory is gone: it began anew, or stands still for good. */
  lostMemory: boolean;
  /** Writes that were on disk and acknowledged, and are not there afterwards. */
  lostAcknowledged: number;
  /** Most copies that were seen at once. */
  copies: number;
  connectionsBroken: number;
  /** From the kill until the migration was over, nothing was under way and the service answered; null when it did not come to that. */
  recoveryMs: number | null;
  commit: string;
  /** How often running copies were counted, from before the migration until all was at rest; absent in runs that counted them at the end only. */
  looks?: number;
  /** At a driver's tag: it still stood there when the victim had been hit. */
  inTime?: true;
  /** At a driver's tag: it had gone on for so long, and what was seen belongs to a later step. */
  lateMs?: number;
  /** What was seen that breaks a rule; why it was not reached. */
  remarks?: string[];
  /** That it broke a rule in an earlier run, on which commit, and what was seen then. */
  earlier?: string[];
}

/** How a remark begins on a cell in which there was nothing to kill. */
export const noVictim = 'there is no';

/** Outcomes of which earlier runs did not look how the migration ended, and what it said. */
const looselyJudged: readonly Outcome[] = ['frozen-in-doubt', 'waiting', 'ordinary-crash', 'declared-loss'];

/** It proves nothing for its step. */
export const isUnchecked = (result: Result) => mayBeLate(result) || (looselyJudged.includes(result.outcome) && result.looks === undefined);

/** What was killed at a driver's tag, or looked for, may have been so later, by a run that did not look, or that never was in time. */
const mayBeLate = ({ step, outcome, inTime, lateMs, remarks }: Result) =>
  /^(source|destination):/.test(step) && outcome !== 'violated' && !inTime && (outcome !== 'not-reached' || lateMs !== undefined || remarks?.[0]?.startsWith(noVictim) === true);

export const idOf = ({ strategy, step, killed }: Cell) => `${strategy}/${step}/${killed}`;
