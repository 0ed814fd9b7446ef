import { readIfThere } from '../read-file';
import { killIfThere } from '../sandbox/kill-if-there';

/** The OCI runtime's process is only a go-between: the program in the sandbox is its child, and would outlive it. */
export async function endSession(runtimePid: number | undefined): Promise<void> {
  if (runtimePid === undefined) return;
  const children = (await readIfThere(`/proc/${runtimePid}/task/${runtimePid}/children`)) ?? '';
  for (const pid of [...children.trim().split(' ').filter(Boolean).map(Number), runtimePid]) killIfThere(pid);
}
