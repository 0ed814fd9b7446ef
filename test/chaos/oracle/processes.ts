import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

export interface Process {
  pid: number;
  comm: string;
  command: string[];
}

export const isEngine = ({ command }: Process) => command.includes('/opt/carryon/engine.js');

/** A process and all below it, as this machine numbers them. */
export async function familyOf(pid: number): Promise<Process[]> {
  const found = await lookAt(pid);
  if (!found) return [];
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const children = await Promise.all(threads.map(async (thread) => (await textOf(`/proc/${pid}/task/${thread}/children`)).trim().split(' ').filter(Boolean).map(Number)));
  return [found, ...(await Promise.all(children.flat().map(familyOf))).flat()];
}

async function lookAt(pid: number): Promise<Process | undefined> {
  const [comm, command] = await Promise.all([textOf(`/proc/${pid}/comm`), textOf(`/proc/${pid}/cmdline`)]);
  return comm === '' ? undefined : { pid, comm: comm.trim(), command: command.split('\0').filter(Boolean) };
}

/** The directory of its freezer cgroup, v1 or v2. */
export async function freezerOf(pid: number): Promise<string | undefined> {
  const rows = (await textOf(`/proc/${pid}/cgroup`)).split('\n');
  const v1 = rows.find((row) => row.split(':')[1] === 'freezer');
  if (v1) return path.join('/sys/fs/cgroup/freezer', v1.split(':')[2] ?? '');
  const v2 = rows.find((row) => row.startsWith('0::'));
  return v2 && path.join('/sys/fs/cgroup', v2.slice(3));
}

export async function isFrozen(pid: number): Promise<boolean> {
  const directory = await freezerOf(pid);
  if (directory === undefined) return false;
  const [v1, v2] = await Promise.all([textOf(path.join(directory, 'freezer.state')), textOf(path.join(directory, 'cgroup.events'))]);
  return v1 === '' ? /^frozen 1$/m.test(v2) : v1.trim() !== 'THAWED';
}

/** SIGKILL is on its way to it, or has been there. */
export async function isKilled(pid: number): Promise<boolean> {
  const status = await textOf(`/proc/${pid}/status`);
  return status === '' || [...status.matchAll(/^(?:SigPnd|ShdPnd):\t(\S+)$/gm)].some(([, mask = '0']) => (BigInt(`0x${mask}`) & sigkill) !== 0n);
}

const sigkill = 1n << 8n;

/** Empty where it cannot be read: processes end. */
export const textOf = (file: string) => readFile(file, 'utf8').catch(() => '');
