import type { Strategy } from '../../domain/migration';
import { strategies, victims, type Cell, type Side, type Step, type Victim } from './cell';
import { randomOf } from './random';

/** A tag that a driver passed when a migration was left alone, in the order in which they were passed. */
export interface PassedTag {
  side: Side;
  tag: string;
  /** In a post-copy that owed all pages after its commit. */
  owing?: true;
}
/** What such a migration went through, as its drivers tell, or as the journals and its workflow do. */
export type Passed = PassedTag | { step: Step };
export const isTag = (passed: Passed): passed is PassedTag => 'tag' in passed;
export const stepOf = (passed: Passed): Step => (isTag(passed) ? `${passed.side}:${passed.owing ? 'owing:' : ''}${passed.tag}` : passed.step);
export type Passage = Record<Strategy, Passed[]>;

/** The whole matrix: what tells most comes first. */
export function allCells(passage: Passage, phases: readonly string[]): Cell[] {
  const cells = strategies.flatMap((strategy) => {
    const steps: Step[] = [
      ...passage[strategy].map(stepOf),
      ...phases.map((phase): Step => `phase:${phase}`),
      'at-rest',
    ];
    return steps.flatMap((step) => victims.filter((killed) => makesSense({ step, killed, strategy })).map((killed): Cell => ({ step, killed, strategy })));
  });
  // Within a rank all strategies take turns, and a shard or a short run has something of each.
  return cells.map((cell, index) => ({ cell, index })).sort((a, b) => rank(a.cell) - rank(b.cell) || mixed(a.index) - mixed(b.index)).map(({ cell }) => cell);
}

const ofContainer: readonly Victim[] = ['source-container', 'destination-container'];
const ofCriticalSection: readonly Victim[] = ['source-engine', 'destination-engine', 'source-driver', 'destination-driver', 'page-daemon', ...ofContainer];

function makesSense({ step, killed, strategy }: Cell): boolean {
  if (killed === 'page-daemon' && strategy === 'stop-and-copy') return false;
  // At rest there is one engine that serves, and no driver: the source is where the service is.
  if (step === 'at-rest') return strategy === 'post-copy' && ['source-engine', 'source-container'].includes(killed);
  return true;
}

/** Journal lines and the messages that decide, before other effects; what is part of the handoff, before what watches it. */
function rank({ step, killed }: Cell): number {
  if (step === 'at-rest') return 0;
  const telling = isTelling(step) ? 0 : /:(send|sent|heard|took)-/.test(step) ? 2 : 1;
  const victim = ofCriticalSection.includes(killed) ? 0 : killed.startsWith('link-2s') || killed.includes('coordinator') || killed === 'temporal' ? 3 : 6;
  return 1 + telling + victim;
}

export const isTelling = (step: Step) => /^line:|:(journal-|(send|sent|heard|took)-(COMMIT|ACK|RESTORE|RESTORED|PAGES_DONE|DUMP_END|IMAGES|READY)$)/.test(step);

/** Neighbours in time are told apart little: a part of a rank should be spread over it. Any fixed shuffle does. */
function mixed(index: number): number {
  let bits = Math.imul(index + 1, 0x9e3779b1);
  bits = Math.imul(bits ^ (bits >>> 15), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** Tags that no driver passes when a migration by this strategy is left alone: those of repairs, of refusals, and of other strategies. */
export const unpassed = (passage: Passage, tags: readonly string[], strategy: Strategy) => tags.filter((tag) => !passage[strategy].some((one) => isTag(one) && one.tag === tag));

/** What can only be killed where the clusters were made for it. */
export const canKill = ({ killed }: Pick<Cell, 'killed'>, made: { disks: boolean; clocks: boolean }) =>
  (made.disks || !killed.endsWith('-disk-full')) && (made.clocks || !killed.endsWith('-clock'));

export interface Choice {
  shard?: { index: number; of: number };
  only?: RegExp;
}

export const choose = (cells: readonly Cell[], { shard, only }: Choice, idOf: (cell: Cell) => string): Cell[] =>
  cells.filter((cell, index) => (!shard || index % shard.of === shard.index - 1) && (!only || only.test(idOf(cell))));

/** The same cells for the same seed. */
export function sample<T>(items: readonly T[], count: number, seed: number): T[] {
  const random = randomOf(seed);
  const left = [...items];
  return Array.from({ length: Math.min(count, left.length) }, () => left.splice(Math.floor(random() * left.length), 1)[0] as T);
}
