import { rm, writeFile } from 'node:fs/promises';
import type { Engine } from '../engine';
import { readIfThere } from '../read-file';

/**
 * Mark on tmpfs that a restarted container waits for its peer's word about an epoch. An engine that begins anew in that container would
 * else take itself for one whose kernel state is whole, and never ask again.
 */
export const isQuestionOpen = async ({ layout }: Pick<Engine, 'layout'>, epoch: number) => (await readIfThere(layout.question)) === String(epoch);
export const openQuestion = ({ layout }: Pick<Engine, 'layout'>, epoch: number) => writeFile(layout.question, String(epoch));
export const closeQuestion = ({ layout }: Engine) => rm(layout.question, { force: true });
