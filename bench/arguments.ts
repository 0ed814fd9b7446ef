import { parseArgs } from 'node:util';
import type { Strategy } from '../domain/migration';

export interface BenchArguments {
  runs: number;
  only?: string;
  strategy: Strategy;
  /** Restores fail, and what is measured is the way back. */
  rollback: boolean;
}

const strategies: readonly Strategy[] = ['post-copy', 'stop-and-copy'];

/** Throws with what to write instead. */
export function benchArguments(argv: string[], names: readonly string[]): BenchArguments {
  const { values } = parseArgs({ args: argv, options: { runs: { type: 'string', default: '10' }, only: { type: 'string' }, strategy: { type: 'string', default: 'post-copy' }, rollback: { type: 'boolean', default: false } } });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1 || runs > 1000) throw new RangeError(`--runs takes a whole number from 1 to 1000, not '${values.runs}'`);
  if (values.only !== undefined && !names.includes(values.only)) throw new RangeError(`--only takes one of ${names.join(', ')}, not '${values.only}'`);
  const strategy = strategies.find((candidate) => candidate === values.strategy);
  if (!strategy) throw new RangeError(`--strategy takes one of ${strategies.join(', ')}, not '${values.strategy}'`);
  return { runs, only: values.only, strategy, rollback: values.rollback };
}
