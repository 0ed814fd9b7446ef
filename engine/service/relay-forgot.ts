import { writeFile } from 'node:fs/promises';
import type { Engine } from '../engine';
import { readIfThere } from '../read-file';

/** The container has just started, and its connection tracking with it: what its relay of this epoch, or of an older one, carried before is forgotten. */
export const noteForgotten = ({ layout }: Pick<Engine, 'layout'>, epoch: number) => writeFile(layout.relayForgot, String(epoch));

export async function hasForgotten({ layout }: Pick<Engine, 'layout'>, epoch: number | undefined): Promise<boolean> {
  if (epoch === undefined) return false;
  const noted = await readIfThere(layout.relayForgot);
  return noted !== undefined && epoch <= Number(noted);
}
