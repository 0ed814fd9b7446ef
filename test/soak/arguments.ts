import { parseArgs } from 'node:util';

export interface Arguments {
  minutes: number;
  seed: number;
  /** Ends after so many steps, if the time is not over before. */
  steps: number;
  /** Prints the steps and does nothing. */
  list: boolean;
}

const defaultMinutes = 10;
const listed = 20;

/** Throws with what to write instead. */
export function soakArguments(argv: string[], anySeed: number): Arguments {
  const { values } = parseArgs({ args: argv, options: { minutes: { type: 'string' }, seed: { type: 'string' }, steps: { type: 'string' }, list: { type: 'boolean', default: false } } });
  const minutes = Number(values.minutes ?? defaultMinutes);
  if (!(minutes > 0)) throw new RangeError(`--minutes takes a number above 0, not '${values.minutes}'`);
  const seed = Number(values.seed ?? anySeed);
  if (!Number.isInteger(seed) || seed < 0) throw new RangeError(`--seed takes a whole number from 0 on, not '${values.seed}'`);
  const steps = Number(values.steps ?? (values.list ? listed : Infinity));
  if (values.steps !== undefined && !(Number.isInteger(steps) && steps > 0)) throw new RangeError(`--steps takes a whole number from 1 on, not '${values.steps}'`);
  return { minutes, seed, steps, list: values.list };
}
