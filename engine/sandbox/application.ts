import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { readIfThere } from '../read-file';
import { pidsIn, place } from './cgroup-files';
import type { Cgroups } from './cgroups';
import type { Crun } from './crun';
import { startTime } from './state';

/** The application's root gets the next PID after it. */
const lastPidBeforeRoot = 1000;
const bornWithinMs = 10_000;

/**
 * Lets PID 1 go. It forks the application's root inside the application's cgroup, so that there is no instant at which
 * the application runs outside its freezer; then PID 1 leaves.
 */
export async function startApplication(pid: number, { crun, cgroups, tool }: { crun: Crun; cgroups: Cgroups; tool: string }): Promise<void> {
  await execa(tool, ['lastpid', String(pid), String(lastPidBeforeRoot)]);
  await place(pid, cgroups.inside);
  await crun.start();
  await rootIsBorn(pid);
  await place(pid, cgroups.outside);
}

/** What an engine that died within `startApplication` left: PID 1 may still be in the freezer. False when it has not let the application be born. */
export async function concludeStart(pid: number, { crun, cgroups }: { crun: Crun; cgroups: Cgroups }): Promise<boolean> {
  if (await crun.waits()) return false;
  if ((await pidsIn(cgroups.inside)).includes(pid)) {
    await rootIsBorn(pid);
    await place(pid, cgroups.outside);
  }
  return true;
}

/** Or is dead already: then PID 1 ends with its exit code. */
async function rootIsBorn(pid: number): Promise<void> {
  const deadline = performance.now() + bornWithinMs;
  while (!(await readIfThere(`/proc/${pid}/task/${pid}/children`)) && (await startTime(pid)) !== undefined) {
    if (performance.now() > deadline) throw new Error(`PID 1 of the sandbox (${pid}) did not start the application within ${bornWithinMs} ms`);
    await sleep(5);
  }
}
