import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Removes what the drivers of earlier migrations left beside this directory, each as soon as its driver has ended; one that does not end keeps its files. */
export async function forgetEnded(dir: string, ended: (dir: string) => Promise<boolean>): Promise<void> {
  const parent = dirname(dir);
  const others = (await readdir(parent)).filter((name) => name !== basename(dir)).map((name) => join(parent, name));
  await Promise.all(others.map(async (other) => ((await ended(other)) ? rm(other, { recursive: true, force: true }) : undefined)));
}
