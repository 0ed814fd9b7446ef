import { rm, statfs } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { execa } from 'execa';
import type { Side } from '../cell';
import { hasSmallDisk, dataOf } from '../system/small-disks';
import type { Kill } from './scene';

/** So long somebody needs to make room. */
const fullMs = 2_000;

/** Not a byte is left for journal, dumps, layers and volumes of the services of one cluster. */
export const fillDisk = (side: Side): Kill => async ({ outer }) => {
  const { cluster } = outer[side];
  if (!(await hasSmallDisk(cluster))) return undefined;
  const filler = path.join(dataOf(cluster), 'filler');
  const { bavail, bsize } = await statfs(dataOf(cluster));
  await execa('fallocate', ['--length', String(bavail * bsize), filler], { reject: false });
  // What is left over in small pieces.
  await execa('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4096', 'oflag=append', 'conv=notrunc'], { reject: false });
  const atMs = Date.now();
  const mend = async () => {
    await pause(fullMs);
    await rm(filler, { force: true });
  };
  return { atMs, mend };
};
