import { execa } from 'execa';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UnavailableError } from '../../domain/errors';

const waitSeconds = 600;

/**
 * One at a time among all containers that share the volume, or many at a time against the one that is alone. Held by a child process: it is
 * released when this one dies, however that happens.
 */
export async function withLock<T>(path: string, act: () => Promise<T>, kind: 'exclusive' | 'shared' = 'exclusive'): Promise<T> {
  const held = await take(path, [`--${kind}`, '--wait', String(waitSeconds)], act);
  if (held) return held.result;
  throw new UnavailableError('locked', `another container has kept ${path} for more than ${waitSeconds} s`, { next: 'Look which outer container is unpacking an image; restart it if it hangs.' });
}

/** Alone, or not at all: false when anybody else holds it now. */
export async function ifFree(path: string, act: () => Promise<void>): Promise<boolean> {
  return (await take(path, ['--exclusive', '--nonblock'], act)) !== undefined;
}

async function take<T>(path: string, options: string[], act: () => Promise<T>): Promise<{ result: T } | undefined> {
  await mkdir(dirname(path), { recursive: true });
  const holder = execa('flock', [...options, path, 'sh', '-c', 'echo held; exec cat >/dev/null'], { stdin: 'pipe', buffer: false, reject: false });
  try {
    const first = await Promise.race([once(holder.stdout as NodeJS.EventEmitter, 'data'), holder]);
    return Array.isArray(first) ? { result: await act() } : undefined;
  } finally {
    holder.stdin?.end();
    await holder;
  }
}
