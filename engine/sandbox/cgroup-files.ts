import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RefusedError, UnavailableError } from '../../domain/errors';
import type { ServiceSpec } from '../../domain/service';
import type { Cgroups } from './cgroups';
import { killIfThere } from './kill-if-there';
import { limitSettings } from './limits';

const removeWithinMs = 5_000;
const wantedControllers = ['memory', 'cpu', 'pids'];

export async function makeCgroups(cgroups: Cgroups, spec: ServiceSpec): Promise<void> {
  const [first = ''] = cgroups.directories;
  if (cgroups.version === 2) await delegate(dirname(first));
  for (const directory of cgroups.directories) await makeDirectory(directory);
  for (const { file, value, asked } of limitSettings(spec, cgroups)) {
    try {
      await writeFile(file, value);
    } catch (cause) {
      if (!asked) continue;
      throw new RefusedError('limit-unavailable', `this host cannot limit ${asked}: ${(cause as Error).message}`, { cause, next: `leave ${asked} away, or use a host with that cgroup controller` });
    }
  }
}

async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
  } catch (cause) {
    throw new UnavailableError('cgroup-failed', `cannot make the cgroup ${directory}: ${(cause as Error).message}`, { cause, next: 'the outer container needs CAP_SYS_ADMIN and a writable cgroup file system' });
  }
}

/** Version 2: a cgroup has processes or controlled children. What is in ours moves into a leaf first. */
async function delegate(root: string): Promise<void> {
  const leaf = join(root, 'carryon-outer');
  await makeDirectory(leaf);
  const present = (await readFile(join(root, 'cgroup.controllers'), 'utf8')).trim().split(' ');
  const wanted = wantedControllers.filter((name) => present.includes(name));
  // A process may be born while the others move.
  for (let attempt = 0; ; attempt++) {
    for (const pid of await pidsIn(join(root, 'cgroup.procs'))) await place(pid, join(leaf, 'cgroup.procs'));
    if (wanted.length === 0) return;
    try {
      return await writeFile(join(root, 'cgroup.subtree_control'), wanted.map((name) => `+${name}`).join(' '));
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'EBUSY' && attempt < 5) continue;
      throw new UnavailableError('cgroup-failed', `cannot hand the controllers ${wanted.join(', ')} down: ${(cause as Error).message}`, { cause, next: 'start the outer container with a cgroup namespace of its own (--cgroupns=private)' });
    }
  }
}

export const pidsIn = async (procs: string): Promise<number[]> =>
  (await readFile(procs, 'utf8').catch(() => '')).split('\n').filter(Boolean).map(Number).filter((pid) => pid > 0);

/** Moves a process; one that has ended needs no place. */
export async function place(pid: number, procs: string): Promise<void> {
  try {
    await writeFile(procs, String(pid));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Kills what is in the application's freezer, frozen or not. A thawed task meets its SIGKILL before its next instruction. */
export async function killApplication({ version, freezer, inside }: Cgroups): Promise<void> {
  if (version === 2) {
    await writeFile(join(freezer, 'cgroup.kill'), '1').catch(() => undefined);
    return;
  }
  for (const pid of await pidsIn(inside)) killIfThere(pid);
  await writeFile(join(freezer, 'freezer.state'), 'THAWED').catch(() => undefined);
}

/** A cgroup is busy for a moment after its last process ended. */
export async function removeCgroups({ directories }: Cgroups): Promise<void> {
  const deadline = performance.now() + removeWithinMs;
  for (const directory of directories.toReversed()) {
    for (;;) {
      const code = await rmdir(directory).then(() => undefined, (error: NodeJS.ErrnoException) => error.code);
      if (code !== 'EBUSY' || performance.now() > deadline) break;
      await sleep(20);
    }
  }
}
