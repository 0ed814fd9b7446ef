import { createServer } from 'node:net';
import { firstPort } from './worker';

let taken = 0;

/** A port that nobody listens at, and that stays free between two listeners of one test: the kernel gives none of these to anybody who dials out. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (;;) {
    const port = firstPort + (taken++ % 100);
    if (await isFree(port, host)) return port;
  }
}

const isFree = (port: number, host: string) =>
  new Promise<boolean>((resolve) => {
    const server = createServer()
      .once('error', () => resolve(false))
      .listen(port, host, () => server.close(() => resolve(true)));
  });
