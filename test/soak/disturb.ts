import { setTimeout as pause } from 'node:timers/promises';
import { kills } from '../chaos/kill/kills';
import type { Scene } from '../chaos/kill/scene';
import type { History } from './history';
import type { Disturbance } from './schedule';
import type { Disturbed } from './verdict';

/** Kills the first and from then on counts to the second; each is mended by itself. Resolves when all is mended. */
export async function disturb(scene: Scene, history: History, states: () => Promise<Disturbed['atKill']>, [first, ...others]: readonly Disturbance[]): Promise<Disturbed[]> {
  if (!first) return [];
  await pause(first.afterMs);
  const call = history.now();
  const hit = await kills[first.killed](scene);
  const returned = history.now();
  const struck: Disturbed = { killed: first.killed, reached: hit !== undefined, atKill: await states(), call, returned };
  const [more] = await Promise.all([disturb(scene, history, states, others), hit && pause(first.mendAfterMs).then(hit.mend)]);
  return [struck, ...more];
}
