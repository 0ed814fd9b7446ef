import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { UnavailableError } from '../../domain/errors';
import { killApplication, removeCgroups } from './cgroup-files';
import type { Cgroups } from './cgroups';
import type { Crun } from './crun';
import { killIfThere } from './kill-if-there';
import { unmountOverlay } from './overlay';
import { isThere, readState } from './state';

const goneWithinMs = 10_000;

/** Ends all that is in the sandbox, however it stands: running, frozen, traced, half made. */
export async function destroySandbox(request: { crun: Crun; cgroups: Cgroups; stateFile: string; rootfs: string }): Promise<void> {
  const { crun, cgroups, stateFile, rootfs } = request;
  const state = await readState(stateFile);
  if (state && (await isThere(state))) {
    // PID 1 first: with it the kernel kills the whole namespace, and nobody forks into a gap.
    killIfThere(state.pid);
    await killApplication(cgroups);
    const deadline = performance.now() + goneWithinMs;
    while (await isThere(state)) {
      if (performance.now() > deadline) throw new UnavailableError('sandbox-lives', `PID 1 of the sandbox (${state.pid}) does not end`, { next: 'look which of its processes hangs, and in what' });
      await killApplication(cgroups);
      await sleep(10);
    }
  }
  await crun.remove();
  await unmountOverlay(rootfs);
  await removeCgroups(cgroups);
  await rm(stateFile, { force: true });
}
