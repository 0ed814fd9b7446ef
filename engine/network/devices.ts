import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Directory in which the kernel tells of a network namespace: here, that of the outer container. Asked with each status, and a file is cheaper than a program. */
export const ownProcNet = '/proc/self/net';

export async function hasDevice(procNet: string, name: string): Promise<boolean> {
  return devicesIn(await readFile(join(procNet, 'dev'), 'utf8')).includes(name);
}

/** Device that packets for the nested address leave by; undefined when there is no route of our own. */
export async function routeOf(procNet: string, address: string): Promise<string | undefined> {
  return deviceTowards(await readFile(join(procNet, 'route'), 'utf8'), address);
}

/** @param table /proc/net/dev: two lines of headings, then a line `name: counters` for each device. */
export const devicesIn = (table: string) => table.split('\n').slice(2).map((line) => line.slice(0, line.indexOf(':')).trim());

/** @param table /proc/net/route: a heading, then a line for each route of the main table; addresses are hexadecimal, in the processor's order of bytes. */
export function deviceTowards(table: string, address: string): string | undefined {
  const wanted = hexOf(address);
  const routes = table.split('\n').slice(1).map((line) => line.trim().split(/\s+/));
  return routes.find(([, destination, , , , , , mask]) => destination === wanted && mask === hostMask)?.[0];
}

const hostMask = 'FFFFFFFF';

/** Both kinds of processors that carryon runs on put the lowest byte first. */
const hexOf = (address: string) => address.split('.').reverse().map((part) => Number(part).toString(16).toUpperCase().padStart(2, '0')).join('');

/** True when a process lives in the network namespace that is kept at this path. */
export async function inUse(path: string): Promise<boolean> {
  const { ino } = await stat(path);
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    try {
      if ((await stat(`/proc/${pid}/ns/net`)).ino === ino) return true;
    } catch {
      // Ended meanwhile.
    }
  }
  return false;
}

/** True when a namespace is mounted there, and not only the file for it. */
export async function namespaceExists(path: string): Promise<boolean> {
  try {
    return (await stat(path)).dev !== (await stat('/run')).dev && (await stat(path)).dev === (await stat('/proc/self/ns/net')).dev;
  } catch {
    return false;
  }
}
