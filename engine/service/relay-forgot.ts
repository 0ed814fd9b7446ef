import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Engine } from '../engine';
import { readIfThere } from '../read-file';

/** In the memory of the outer container: whoever restarts that restarts its connection tracking as well. */
const note = ({ layout }: Engine) => join(dirname(layout.sandbox), 'relay-forgot');

/** The container has just started. What its relay of this epoch, or of an older one, carried before is forgotten. */
export const noteForgotten = (engine: Engine, epoch: number): Promise<void> => writeFile(note(engine), String(epoch));

export async function hasForgotten(engine: Engine, epoch: number | undefined): Promise<boolean> {
  const noted = await readIfThere(note(engine));
  return epoch !== undefined && noted !== undefined && epoch <= Number(noted);
}
