import { readIfThere } from '../read-file';

/** Bytes that a migration has to carry: anonymous and shared memory in RAM. Pages of files come from the image. */
export async function memoryOf(pids: number[]): Promise<number> {
  const sizes = await Promise.all(pids.map(memoryOfOne));
  return sizes.reduce((sum, size) => sum + size, 0);
}

export async function memoryOfOne(pid: number): Promise<number> {
  return memoryFromStatus((await readIfThere(`/proc/${pid}/status`)) ?? '');
}

export function memoryFromStatus(text: string): number {
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0);
  return (kilobytes('RssAnon') + kilobytes('RssShmem')) * 1024;
}
