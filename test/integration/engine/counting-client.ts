import { connect, type Socket } from 'node:net';

/** Subscriber of the counting workload: notices a missing or repeated number, a gap in time, a broken connection. */
export class CountingClient {
  private text = '';
  private last = performance.now();
  broken?: string;
  longestGapMs = 0;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      const now = performance.now();
      this.longestGapMs = Math.max(this.longestGapMs, now - this.last);
      this.last = now;
      this.text += chunk.toString('latin1');
    });
    socket.on('error', (error) => (this.broken = error.message)).on('close', () => (this.broken ??= 'closed'));
  }

  static async connect(host: string, port: number, greeting = 'P'): Promise<CountingClient> {
    const socket = await new Promise<Socket>((resolve, reject) => {
      const opened = connect(port, host, () => resolve(opened)).once('error', reject);
    });
    socket.setNoDelay(true).write(greeting);
    return new CountingClient(socket);
  }

  numbers(): number[] {
    return this.text.split('\n').slice(0, -1).map(Number);
  }

  /** Numbers that are not one more than the one before. */
  breaks(): number[] {
    const seen = this.numbers();
    return seen.filter((value, i) => i > 0 && value !== (seen[i - 1] ?? 0) + 1);
  }

  get received(): string {
    return this.text;
  }

  end(): void {
    this.socket.removeAllListeners('close').destroy();
  }
}
