import net from 'node:net';
import { Carryon, type RunOptions } from './carryon';
import { addressOf } from './clusters';
import { eventually } from './await';

export type ServiceOptions = Omit<RunOptions, 'cluster' | 'ports'> & { cluster?: string; hostPort: number; containerPort: number };

/** Runs a service and awaits that its port answers. Anything left of an earlier run under this name is removed first. */
export async function startService(carryon: Carryon, options: ServiceOptions): Promise<{ host: string; port: number }> {
  const { cluster = 'edge', hostPort, containerPort, ...rest } = options;
  await carryon.remove(options.name);
  await carryon.run({ ...rest, cluster, ports: [`${hostPort}:${containerPort}`] });
  const place = { host: addressOf(cluster), port: hostPort };
  await awaitPort(place.host, place.port);
  return place;
}

/** A published port accepts before the service listens behind it, so this awaits a connection that stays. */
export function awaitPort(host: string, port: number): Promise<boolean> {
  return eventually(`an answer from ${host}:${port}`, () => new Promise<boolean>((resolve) => {
    const socket = net.connect({ host, port });
    const end = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.on('connect', () => setTimeout(() => end(true), 200));
    socket.on('error', () => end(false));
    socket.on('end', () => end(false));
    setTimeout(() => end(false), 3_000);
  }));
}
