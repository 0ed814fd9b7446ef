import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ifFree, withLock } from './lock';
import type { ImageStore } from './store';

/** A directory for work under way, on the same file system as the store: what is done there is renamed into place. */
export function withScratch<T>(store: ImageStore, act: (directory: string) => Promise<T>): Promise<T> {
  return withLock(
    store.lock('scratch'),
    async () => {
      const directory = join(store.scratch, randomUUID());
      await mkdir(directory, { recursive: true });
      try {
        return await act(directory);
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    },
    'shared',
  );
}

/** Removes what those left that died at their work. While anybody works it does nothing: whose directories those are cannot be told. */
export async function sweepScratch(store: ImageStore): Promise<void> {
  await ifFree(store.lock('scratch'), () => rm(store.scratch, { recursive: true, force: true }));
}
