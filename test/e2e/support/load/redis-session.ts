import { Connection } from './connection';
import { encodeCommand, ReplyDecoder, type Reply } from './redis-protocol';

/** One pipelined connection to Redis: commands go out at once, replies come back in order. */
export class RedisSession {
  private readonly waiting: ((reply: Reply) => void)[] = [];
  private decoder = new ReplyDecoder();
  private constructor(private link?: Connection) {}

  static async open(host: string, port: number): Promise<RedisSession> {
    const session = new RedisSession();
    session.link = await Connection.open(host, port, (data) => {
      for (const reply of session.decoder.push(data)) session.waiting.shift()?.(reply);
    });
    return session;
  }

  get connection(): Connection {
    if (!this.link) throw new Error('not connected');
    return this.link;
  }

  get outstanding(): number {
    return this.waiting.length;
  }

  /** Sends a command; `onReply` gets its reply when it comes, if it ever does. */
  send(onReply: (reply: Reply) => void, ...parts: (string | Buffer)[]): void {
    this.waiting.push(onReply);
    this.connection.write(encodeCommand(...parts));
  }

  /** Sends a command and awaits its reply; fails when it does not come in time. */
  ask(...parts: (string | Buffer)[]): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const { socket } = this.connection;
      const giveUp = () => {
        clearTimeout(timer);
        reject(new Error(`no reply to ${parts[0]?.toString() ?? ''}: ${this.connection.failure ?? `waited ${replyTimeoutMs} ms`}`));
      };
      const timer = setTimeout(giveUp, replyTimeoutMs);
      socket.once('close', giveUp);
      this.send((reply) => {
        clearTimeout(timer);
        socket.off('close', giveUp);
        if (reply instanceof Error) reject(reply);
        else resolve(reply);
      }, ...parts);
      if (this.connection.broken) giveUp();
    });
  }

  close(): void {
    this.connection.close();
  }
}

const replyTimeoutMs = 20_000;
