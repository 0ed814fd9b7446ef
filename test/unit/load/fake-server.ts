import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';

export interface FakeServer {
  host: string;
  port: number;
  close(): void;
}

/** A TCP server on a free loopback port that does to each connection what the test says. */
export async function serve(onConnection: (socket: net.Socket) => void): Promise<FakeServer> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port, close };
}

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
