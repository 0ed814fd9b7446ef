import type { Duplex } from 'node:stream';
import { readIfThere } from '../read-file';
import { killIfThere } from '../sandbox/kill-if-there';
import { frame, stream } from './frames';

/** Between a list of processes and what is made of it. */
const momentMs = 1_000;

/** What kubelet has run beside the application to see how it does. It comes every few seconds and holds nobody up: a migration ends it. */
export class Probes {
  readonly #running = new Map<number, Duplex>();
  #endedAt = -Infinity;

  /** Runs `session`, which tells the PID of its runtime when it has begun. */
  async during(session: (begun: (runtimePid: number | undefined) => void) => Promise<void>, socket: Duplex): Promise<void> {
    let runtimePid: number | undefined;
    try {
      await session((pid) => {
        runtimePid = pid;
        if (pid !== undefined) this.#running.set(pid, socket);
      });
    } finally {
      if (runtimePid !== undefined) this.#running.delete(runtimePid);
      this.#endedAt = performance.now();
    }
  }

  /** One runs, or ran a moment ago. */
  get any(): boolean {
    return this.#running.size > 0 || performance.now() - this.#endedAt < momentMs;
  }

  /** PIDs of all that probes have begun. */
  async processes(): Promise<Set<number>> {
    return new Set((await Promise.all([...this.#running.keys()].map(descendants))).flat());
  }

  /** Ends them. To kubelet the application is well, as for every probe that comes in a migration. */
  async giveWay(): Promise<void> {
    for (const [runtimePid, socket] of this.#running) {
      socket.end(frame(stream.away, Buffer.from('the service is being moved')));
      for (const pid of [...(await descendants(runtimePid)), runtimePid]) killIfThere(pid);
    }
  }
}

async function descendants(pid: number): Promise<number[]> {
  const children = ((await readIfThere(`/proc/${pid}/task/${pid}/children`)) ?? '').trim().split(' ').filter(Boolean).map(Number);
  return [...children, ...(await Promise.all(children.map(descendants))).flat()];
}
