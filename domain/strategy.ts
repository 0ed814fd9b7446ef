import type { HostFacts, Strategy } from './migration';
import { formatDuration } from './quantities';
import type { DecidedSafety } from './safety';

export interface StrategyFacts {
  source: Pick<HostFacts, 'criuFeatures' | 'criuVersion'>;
  destination: Pick<HostFacts, 'criuFeatures' | 'criuVersion'>;
  /** Predicted downtime of each strategy, ms. */
  downtimeMs: Record<Strategy, number>;
}

export interface StrategyWish extends Partial<DecidedSafety> {
  strategy: Strategy | 'auto';
  maxDowntimeMs: number;
}

export interface StrategyChoice {
  strategy: Strategy;
  reasons: string[];
  /** Set when the wish cannot be met at all. */
  impossible?: string;
}

/** CRIU's name for userfaultfd, without which pages cannot follow later. */
export const lazyPages = 'uffd';

/** Stop-and-copy where its downtime is good enough, as it owes nothing after commit; post-copy where it is not and both hosts can. */
export function chooseStrategy(facts: StrategyFacts, wish: StrategyWish): StrategyChoice {
  const lacking = sidesWithoutLazyPages(facts);
  const asked = `the asked downtime is ${formatDuration(wish.maxDowntimeMs)}`;
  const stopped = `stop-and-copy is predicted to stop the service for about ${formatDuration(facts.downtimeMs['stop-and-copy'])}`;

  if (wish.safety === 'strict') return chooseStrictly(facts, wish, stopped);
  if (wish.strategy === 'stop-and-copy') return { strategy: 'stop-and-copy', reasons: ['stop-and-copy was asked for', stopped] };
  if (wish.strategy === 'post-copy') {
    return lacking.length === 0
      ? { strategy: 'post-copy', reasons: ['post-copy was asked for', postCopyCost(facts)] }
      : { strategy: 'post-copy', reasons: [], impossible: `post-copy needs userfaultfd, which is missing at the ${lacking.join(' and the ')}` };
  }
  if (facts.downtimeMs['stop-and-copy'] <= wish.maxDowntimeMs) {
    return { strategy: 'stop-and-copy', reasons: [`${stopped}; ${asked}`, 'nothing is owed after commit'] };
  }
  if (lacking.length === 0) return { strategy: 'post-copy', reasons: [`${stopped}; ${asked}`, postCopyCost(facts)] };
  return {
    strategy: 'stop-and-copy',
    reasons: [`${stopped}; ${asked}, which cannot be kept`, `post-copy is not possible: no userfaultfd at the ${lacking.join(' and the ')}`],
  };
}

/** Only what leaves no memory at the source after the commit. */
function chooseStrictly(facts: StrategyFacts, { strategy, maxDowntimeMs, by }: StrategyWish, stopped: string): StrategyChoice {
  const strict = `strict safety (${by ?? 'asked for'})`;
  if (strategy === 'post-copy') {
    return { strategy, reasons: [], impossible: `post-copy leaves memory at the source for a while after the commit, which ${strict} excludes` };
  }
  const tooSlow = facts.downtimeMs['stop-and-copy'] > maxDowntimeMs ? `; the asked downtime of ${formatDuration(maxDowntimeMs)} cannot be kept` : '';
  return {
    strategy: 'stop-and-copy',
    reasons: [
      `${strict} leaves no memory at the source after the commit`,
      `${stopped}, where post-copy would for about ${formatDuration(facts.downtimeMs['post-copy'])}: that is what it costs${tooSlow}`,
    ],
  };
}

const postCopyCost = (facts: StrategyFacts) =>
  `post-copy is predicted to stop the service for about ${formatDuration(facts.downtimeMs['post-copy'])}; until its pages have followed it needs the source`;

const isUnknown = ({ criuFeatures, criuVersion }: StrategyFacts['destination']) => criuFeatures.length === 0 && criuVersion !== 'none';

function sidesWithoutLazyPages({ source, destination }: StrategyFacts): string[] {
  const sides = [];
  if (!source.criuFeatures.includes(lazyPages)) sides.push('source');
  // A destination that nobody could ask yet is asked, and the plan compared again, as soon as its engine runs and before anything is armed.
  if (!destination.criuFeatures.includes(lazyPages) && !isUnknown(destination)) sides.push('destination');
  return sides;
}
