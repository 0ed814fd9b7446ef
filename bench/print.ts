import { summarize } from './statistics';

type Measured<Key extends string> = Record<Key, number> & { lost: number; broken: number; loadavg: number };

export function print<Key extends string>(name: string, keys: readonly Key[], samples: readonly Measured<Key>[]): void {
  for (const key of keys) {
    const { median, min, max } = summarize(samples.map((sample) => sample[key]));
    console.log(`${name.padEnd(16)} ${key.padEnd(18)} median ${median.toFixed(1).padStart(9)} ms   min ${min.toFixed(1).padStart(9)}   max ${max.toFixed(1).padStart(9)}`);
  }
  const harm = samples.reduce((sum, sample) => sum + sample.lost + sample.broken, 0);
  console.log(`${name.padEnd(16)} ${samples.length} runs, ${harm} writes or numbers lost or connections broken, loadavg ${summarize(samples.map((sample) => sample.loadavg)).median.toFixed(2)}`);
}
