import { rm, writeFile } from 'node:fs/promises';
import { uptime } from 'node:os';
import type { Engine } from '../engine';
import { readIfThere } from '../read-file';
import { insistOnStaying } from './leaving';

/** A migration found this outer container and will arm it soon: until then it must not be retired. Ends by itself, should nobody come. */
export async function stay(engine: Engine, forMs: number): Promise<void> {
  await insistOnStaying(engine);
  await writeFile(engine.layout.expected, String(uptimeMs() + forMs));
}

export async function isExpected({ layout }: Engine): Promise<boolean> {
  return Number((await readIfThere(layout.expected)) ?? 0) > uptimeMs();
}

/** From its ticket on the journal protects it. */
export const noLongerExpected = ({ layout }: Engine) => rm(layout.expected, { force: true });

/** A duration on this host's own clock: nobody can set it. */
export const uptimeMs = () => uptime() * 1000;
