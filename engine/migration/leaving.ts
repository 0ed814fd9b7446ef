import { RefusedError } from '../../domain/errors';
import type { Engine } from '../engine';
import { readIfThere } from '../read-file';
import { writeDurably } from '../write-file';

/**
 * Mark that it has been decided that this outer container goes. The journal alone cannot say it: its volume is kept, and the outer
 * container that is made on it for the way home finds the same `retired` there, but is not meant.
 */
export const isLeaving = async ({ layout }: Engine) => (await readIfThere(layout.leaving)) !== undefined;
export const decideToLeave = ({ layout }: Engine, epoch: number) => writeDurably(layout.leaving, `${epoch}\n`);

/** In a turn, so that it holds until the verb is done. */
export async function insistOnStaying(engine: Engine): Promise<void> {
  if (!(await isLeaving(engine))) return;
  throw new RefusedError('retired', 'this outer container is retired and about to be removed', { next: 'wait until it is gone; a new one is made for the service then' });
}
