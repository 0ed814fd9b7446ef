import { parseArgs } from 'node:util';
import type { Strategy } from '../domain/migration';
import { kinds, type Kind } from './places';

export interface BenchArguments {
  runs: number;
  only?: string;
  strategy: Strategy;
  /** Restores fail, and what is measured is the way back. */
  rollback: boolean;
  /** Two kinds of clusters: what is measured between them is compared to migrations between two of Docker in the same run. */
  between?: readonly [Kind, Kind];
}

const strategies: readonly Strategy[] = ['post-copy', 'stop-and-copy'];

/** Throws with what to write instead. */
export function benchArguments(argv: string[], names: readonly string[]): BenchArguments {
  const { values } = parseArgs({ args: argv, options: { runs: { type: 'string', default: '10' }, only: { type: 'string' }, strategy: { type: 'string', default: 'post-copy' }, rollback: { type: 'boolean', default: false }, between: { type: 'string' } } });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1 || runs > 1000) throw new RangeError(`--runs takes a whole number from 1 to 1000, not '${values.runs}'`);
  if (values.only !== undefined && !names.includes(values.only)) throw new RangeError(`--only takes one of ${names.join(', ')}, not '${values.only}'`);
  const strategy = strategies.find((candidate) => candidate === values.strategy);
  if (!strategy) throw new RangeError(`--strategy takes one of ${strategies.join(', ')}, not '${values.strategy}'`);
  return { runs, only: values.only, strategy, rollback: values.rollback, ...(values.between !== undefined && { between: kindsOf(values.between, values.rollback) }) };
}

function kindsOf(text: string, rollback: boolean): readonly [Kind, Kind] {
  const [from, to, ...more] = text.split(',').map((word) => kinds.find((kind) => kind === word));
  if (!from || !to || more.length > 0 || (from === 'k3s' && to === 'k3s')) throw new RangeError(`--between takes two of ${kinds.join(', ')}, as kubernetes,docker, and k3s once; not '${text}'`);
  if (rollback) throw new RangeError('--between and --rollback do not go together');
  return [from, to];
}
