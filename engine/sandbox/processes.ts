import type { SandboxProcess } from '../ports';

/** Output of `sandbox list`: outer PID, inner PID, in the application's tree, name. */
export function parseProcesses(output: string): SandboxProcess[] {
  return output.split('\n').filter(Boolean).map((line) => {
    const [pid, innerPid, inTree, ...comm] = line.split(' ');
    return { pid: Number(pid), innerPid: Number(innerPid), inTree: inTree === '1', comm: comm.join(' ') };
  });
}
