import type { Strategy } from '../../domain/migration';
import { strategies, victims, type Step as Moment, type Victim } from '../chaos/cell';
import { canKill } from '../chaos/cells';
import { randomOf } from '../chaos/random';

/** What users do besides; `stop-start` only when nothing else goes on, `abort` only of a migration, `rm` only where no container is killed: one that is stopped may be removed. */
export const commands = ['ps', 'exec', 'logs', 'plan', 'abort', 'keep-source', 'keep-destination', 'rm', 'stop-start'] as const;
export type Command = (typeof commands)[number];

/** Something that is killed or cut. */
export interface Disturbance {
  killed: Victim;
  /** Where the migration must be; the second disturbance of a step follows the first. */
  at: Moment | 'after-the-first';
  /** From there on. */
  afterMs: number;
  /** So long nobody mends what does not mend itself. */
  mendAfterMs: number;
}

/** All that is done until the service has come to rest again. */
export interface Step {
  index: number;
  idleMs: number;
  /** Absent: no migration. */
  strategy?: Strategy;
  disturbances: Disturbance[];
  /** From the step's beginning on. */
  commands: { command: Command; afterMs: number }[];
}

/** Disks that may be filled and clocks that may be set make every start slower, and are not there. */
const killable = victims.filter((killed) => canKill({ killed }, { disks: false, clocks: false }));
const withoutMigration: readonly Victim[] = ['source-engine', 'source-container', 'destination-engine', 'destination-container', 'source-coordinator', 'temporal', 'link-2s'];

/** Where a migration by this strategy may be met. */
export type Moments = Record<Strategy, readonly Moment[]>;

/** The step with this index: of seed and index (and the moments that there are) alone, so that a run may begin or end anywhere. */
export function stepOf(seed: number, index: number, moments: Moments): Step {
  const random = randomOf(Math.imul(seed + 1, 2654435761) ^ Math.imul(index + 1, 40503));
  // The first numbers of neighbouring seeds are alike.
  for (let drawn = 0; drawn < 8; drawn += 1) random();
  const chance = (probability: number) => random() < probability;
  const upTo = (most: number) => Math.floor(random() * most);
  const one = <T>(from: readonly T[]): T => from[upTo(from.length)] as T;

  const idleMs = upTo(1_500);
  const strategy = chance(0.85) ? one(strategies) : undefined;
  const victimsThen = strategy ? killable.filter((victim) => victim !== 'page-daemon' || strategy === 'post-copy') : withoutMigration;
  const disturbance = (at: Disturbance['at'], afterMs: number, from = victimsThen): Disturbance => {
    return { killed: one(from), at, afterMs, mendAfterMs: chance(0.5) ? 0 : upTo(8_000) };
  };
  // What is down already is not killed again.
  const first = chance(0.75) ? [chance(0.6) && strategy ? disturbance(one(moments[strategy]), 0) : disturbance('at-rest', upTo(4_000))] : [];
  const second = first.length > 0 && chance(0.25) ? [disturbance('after-the-first', upTo(1_500), victimsThen.filter((victim) => victim !== first[0]?.killed))] : [];
  const quiet = !strategy && first.length === 0;
  const disturbances = [...first, ...second];
  const isFit = (command: Command) => command !== 'stop-start' && (command !== 'abort' || strategy) && (command !== 'rm' || !disturbances.some(({ killed }) => killed.endsWith('-container')));
  const others = commands.filter(isFit);
  const asked = quiet && chance(0.6) ? ['stop-start' as const] : Array.from({ length: upTo(3) }, () => one(others));
  return { index, idleMs, ...(strategy && { strategy }), disturbances, commands: asked.map((command) => ({ command, afterMs: upTo(4_000) })) };
}
