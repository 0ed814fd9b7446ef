import { readdir, stat } from 'node:fs/promises';
import { z } from 'zod';
import { command, type Run } from './command';

const links = z.array(z.object({ ifname: z.string() }));
const routes = z.array(z.object({ dev: z.string() }));

export async function hasDevice(run: Run, name: string): Promise<boolean> {
  return links.parse(JSON.parse(await run(command('ip -j link show')))).some((link) => link.ifname === name);
}

/** Device that packets for the nested address leave by; undefined when there is no route of our own. */
export async function routeOf(run: Run, address: string): Promise<string | undefined> {
  return routes.parse(JSON.parse((await run(command(`ip -j route show ${address}/32`))) || '[]'))[0]?.dev;
}

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
