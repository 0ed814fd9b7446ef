import { otherDirectories } from './forget-ended';

/**
 * A driver of an earlier arrival may still wait for its source to retire, or be asked by one that lost its connection, and has the port that the next arrival needs. The journal answers these
 * as well. One that refuses has something left to do.
 */
export async function dismissEarlier(dir: string, { alive, dismiss }: { alive: (dir: string) => Promise<boolean>; dismiss: (dir: string) => Promise<unknown> }): Promise<void> {
  const ask = async (other: string) => ((await alive(other)) ? dismiss(other).catch(() => undefined) : undefined);
  await Promise.all((await otherDirectories(dir)).map(ask));
}
