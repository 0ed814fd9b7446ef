import { execa } from 'execa';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UnavailableError } from '../../domain/errors';

const waitSeconds = 600;

/** One at a time among all containers that share the volume. Held by a child process: it is released when this one dies, however that happens. */
export async function withLock<T>(path: string, act: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const holder = execa('flock', ['--wait', String(waitSeconds), path, 'sh', '-c', 'echo held; exec cat >/dev/null'], { stdin: 'pipe', buffer: false, reject: false });
  try {
    const first = await Promise.race([once(holder.stdout as NodeJS.EventEmitter, 'data'), holder]);
    if (!Array.isArray(first)) {
      throw new UnavailableError('locked', `another container has kept ${path} for more than ${waitSeconds} s`, { next: 'Look which outer container is unpacking an image; restart it if it hangs.' });
    }
    return await act();
  } finally {
    holder.stdin?.end();
    await holder;
  }
}
