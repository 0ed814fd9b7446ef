import { execa } from 'execa';

/** /proc/sysvipc shows the reader's namespace, whoever's /proc it is: so it is read from within. */
export async function hasSystemVObjects(pid: number): Promise<boolean> {
  const { stdout } = await execa('nsenter', ['--target', String(pid), '--ipc', 'cat', '/proc/sysvipc/shm', '/proc/sysvipc/sem', '/proc/sysvipc/msg'], { reject: false });
  return listsObjects(stdout);
}

/** Each of the three tables has a heading; any further line is an object. */
export const listsObjects = (tables: string): boolean => tables.split('\n').some((line) => /^\s*-?\d/.test(line));
