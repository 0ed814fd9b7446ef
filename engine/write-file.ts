import { randomUUID } from 'node:crypto';
import { link, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Temporary file, fsync, rename, fsync of the directory: readers see the old or the new text, after any crash. */
export async function writeDurably(path: string, text: string, mode = 0o600): Promise<void> {
  await rename(await writeBeside(path, text, mode), path);
  await syncDirectory(dirname(path));
}

/** The same for a file that is made once: what is there already stays, also when two make it at the same time. */
export async function createDurably(path: string, text: string, mode = 0o600): Promise<void> {
  const temporary = await writeBeside(path, text, mode);
  try {
    await link(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(temporary, { force: true });
  }
  await syncDirectory(dirname(path));
}

/** Each call has a file of its own: two writers must not take it from each other. */
async function writeBeside(path: string, text: string, mode: number): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}.tmp`;
  const file = await open(temporary, 'wx', mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } catch (error) {
    // A disk that is full would get the fuller with every try.
    await rm(temporary, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  return temporary;
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
