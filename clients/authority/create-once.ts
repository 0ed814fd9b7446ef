import { existsSync } from 'node:fs';
import { link, open, rm } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import path from 'node:path';

/** Writes a file that must exist once and whole: of several processes that try, one wins and the others leave it as it is. */
export async function createOnce(file: string, mode: number, content: () => Promise<string>): Promise<void> {
  if (existsSync(file)) return;
  const fresh = `${file}.${randomUUID()}`;
  const handle = await open(fresh, 'wx', mode);
  try {
    await handle.writeFile(await content());
    await handle.sync();
    await handle.close();
    await link(fresh, file);
    await syncDirectory(path.dirname(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await handle.close().catch(() => undefined);
    await rm(fresh, { force: true });
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  await handle.sync();
  await handle.close();
}
