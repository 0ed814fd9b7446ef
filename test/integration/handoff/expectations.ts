import { expect } from '@jest/globals';
import type { Pair, Seen, Side } from './pair';

/** The client noticed at most a pause: nothing lost, nothing closed, the same memory. */
export function unharmed(client: Seen): void {
  expect(client).toMatchObject({ lost: 0, bad: 0, dead: false });
  expect(client.after).toBe(client.before);
}

type Copy = 'runs' | 'frozen' | 'none';

async function copy(pair: Pair, side: Side): Promise<Copy> {
  if ((await pair.processes(side)) === 0) return 'none';
  return (await pair.frozen(side)) ? 'frozen' : 'runs';
}

export async function copies(pair: Pair): Promise<Record<Side, Copy>> {
  return { source: await copy(pair, 'source'), destination: await copy(pair, 'destination') };
}

/** How many lines the service has written on a side; one that runs writes all the time. */
export async function written(pair: Pair, side: Side): Promise<number> {
  return Number(await pair.run(side, 'wc -l < /var/lib/carryon/log/app.log'));
}
