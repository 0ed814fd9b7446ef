import { parseArgs } from 'node:util';
import type { Choice } from './cells';

export interface Arguments extends Choice {
  resume: boolean;
  list: boolean;
  /** Only writes the two documents, from the results that there are. */
  publish: boolean;
  minutes?: number;
  lanes: number;
  /** Give the clusters disks of their own, that may be filled. */
  disks: boolean;
  /** Give engines and coordinators a wall clock that can be set. */
  clocks: boolean;
}

/** Throws with what to write instead. */
export function chaosArguments(argv: string[]): Arguments {
  const { values } = parseArgs({
    args: argv,
    options: {
      shard: { type: 'string' }, only: { type: 'string' }, resume: { type: 'boolean', default: false }, minutes: { type: 'string' }, list: { type: 'boolean', default: false }, publish: { type: 'boolean', default: false }, lanes: { type: 'string', default: '1' }, disks: { type: 'boolean', default: false }, clocks: { type: 'boolean', default: false },
    },
  });
  const minutes = values.minutes === undefined ? undefined : Number(values.minutes);
  if (minutes !== undefined && !(minutes > 0)) throw new RangeError(`--minutes takes a number above 0, not '${values.minutes}'`);
  const lanes = Number(values.lanes);
  if (!Number.isInteger(lanes) || lanes < 1 || lanes > 8) throw new RangeError(`--lanes takes a whole number from 1 to 8, not '${values.lanes}'`);
  return { shard: shardOf(values.shard), only: patternOf(values.only), resume: values.resume, list: values.list, publish: values.publish, minutes, lanes, disks: values.disks, clocks: values.clocks };
}

function shardOf(text: string | undefined): Choice['shard'] {
  if (text === undefined) return undefined;
  const [, index, of] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  const shard = { index: Number(index), of: Number(of) };
  if (!(shard.index >= 1 && shard.index <= shard.of)) throw new RangeError(`--shard takes i/n, such as 1/4, not '${text}'`);
  return shard;
}

function patternOf(text: string | undefined): RegExp | undefined {
  try {
    return text === undefined ? undefined : new RegExp(text);
  } catch {
    throw new RangeError(`--only takes a regular expression for STRATEGY/STEP/KILLED, not '${text}'`);
  }
}
