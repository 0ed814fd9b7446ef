import { join } from 'node:path';
import { readIfThere } from '../read-file';

/** Is that freezer cgroup frozen, or about to be? Both versions; false when there is none. */
export async function isFrozen(freezer: string): Promise<boolean> {
  const [one, two] = await Promise.all([readIfThere(join(freezer, 'freezer.state')), readIfThere(join(freezer, 'cgroup.freeze'))]);
  return one === undefined ? two?.trim() === '1' : one.trim() !== 'THAWED';
}
