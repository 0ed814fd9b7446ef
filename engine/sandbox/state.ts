import { z } from 'zod';
import { readIfThere } from '../read-file';
import type { Sandbox } from '../ports';

/** sandbox.json: on tmpfs, as is all that it speaks of. */
const stateSchema = z.object({
  pid: z.number().int().positive(),
  /** Start time of that process in clock ticks: a PID that came again is another process. */
  started: z.string(),
  freezer: z.string(),
  appCgroups: z.array(z.string()),
});
export type SandboxState = z.infer<typeof stateSchema>;

export async function readState(path: string): Promise<SandboxState | undefined> {
  const text = await readIfThere(path);
  return text === undefined ? undefined : stateSchema.parse(JSON.parse(text));
}

export const asSandbox = ({ pid, freezer, appCgroups }: SandboxState): Sandbox => ({ pid, freezer, appCgroups });

/** Undefined when there is no such process, or only what is left of it. */
export async function startTime(pid: number): Promise<string | undefined> {
  const stat = await readIfThere(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const [status, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return status === 'Z' || status === 'X' ? undefined : fields[18];
}

export const isThere = async (state: SandboxState): Promise<boolean> => (await startTime(state.pid)) === state.started;
