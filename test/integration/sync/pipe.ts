import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { acceptFiles } from '../../../sync/accept-files';
import type { FileRoot } from '../../../sync/roots';

/** A receiving end behind a socket, as the engine has it behind its HTTPS server. */
export async function receiver(directory: string, roots: readonly FileRoot[]): Promise<{ connect: () => Promise<Socket>; failures: Error[]; close: () => Promise<void> }> {
  const path = join(directory, 'receiver.sock');
  const failures: Error[] = [];
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    acceptFiles(socket, roots, directory).catch((error: Error) => failures.push(error));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    failures,
    connect: () => new Promise((resolve, reject) => {
      const socket = connect(path, () => resolve(socket));
      socket.once('error', reject);
    }),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
