import { once } from 'node:events';
import net from 'node:net';
import { Gaps } from './gaps';

/** A TCP connection that remembers its silences, and whether it ended before it was told to. */
export class Connection {
  readonly gaps = new Gaps();
  failure?: string;
  private closing = false;

  private constructor(readonly socket: net.Socket, onData: (data: Buffer) => void) {
    socket.setNoDelay(true);
    // Every command that waits for its reply listens for the end of the connection.
    socket.setMaxListeners(0);
    socket.on('data', (data: Buffer) => {
      this.gaps.answer();
      onData(data);
    });
    socket.on('error', (error) => this.fail(error.message));
    socket.on('close', () => this.fail('closed by the other side'));
  }

  static async open(host: string, port: number, onData: (data: Buffer) => void): Promise<Connection> {
    const socket = net.connect({ host, port });
    await once(socket, 'connect');
    return new Connection(socket, onData);
  }

  get broken(): boolean {
    return this.failure !== undefined;
  }

  write(data: string | Buffer): void {
    if (!this.broken) this.socket.write(data);
  }

  close(): void {
    this.closing = true;
    this.socket.destroy();
  }

  private fail(reason: string): void {
    if (!this.closing) this.failure ??= reason;
  }
}

/** Splits a stream into lines; gives each line to `onLine` without its end. */
export function lines(onLine: (line: string) => void): (data: Buffer) => void {
  let rest = '';
  return (data) => {
    const parts = (rest + data.toString('latin1')).split('\n');
    rest = parts.pop() ?? '';
    parts.forEach(onLine);
  };
}

export const problemsOf = (connections: readonly Connection[]) =>
  connections.flatMap((connection, index) => (connection.failure ? [`connection ${index}: ${connection.failure}`] : []));
