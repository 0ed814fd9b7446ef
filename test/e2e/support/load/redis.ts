import { randomBytes } from 'node:crypto';
import { longestOf, type Gap } from './gaps';
import type { Load, LoadResult } from './load';
import { problemsOf } from './connection';
import { RedisSession } from './redis-session';

export interface RedisLoadOptions {
  host: string;
  port: number;
  connections: number;
  /** Keys of `fillRedis` that reads pick from. */
  keys: number;
  tickMs?: number;
  /** Tells its lists from those of another load on the same service. */
  name?: string;
}

const valueBytes = 1024;
/** A read for so many writes: moderate, so that it is not the network between the clusters that is measured. */
const writesPerRead = 4;
const maxOutstanding = 512;
const base = randomBytes(2 * valueBytes).toString('latin1');
const valueOf = (key: number) => base.substring(key % valueBytes, (key % valueBytes) + valueBytes);

/** Loads `megabytes` of data; returns how many keys that made. */
export async function fillRedis(host: string, port: number, megabytes: number): Promise<number> {
  const session = await RedisSession.open(host, port);
  const keys = Math.ceil((megabytes * 2 ** 20) / valueBytes);
  const batch = 256;
  for (let first = 0; first < keys; first += batch) {
    const count = Math.min(batch, keys - first);
    await Promise.all(Array.from({ length: count }, (_, i) => session.ask('SET', `data:${first + i}`, Buffer.from(valueOf(first + i), 'latin1'))));
  }
  session.close();
  return keys;
}

/**
 * Clients that write and read all the time, whether or not earlier commands have been answered: each connection appends 1, 2, 3 … to a list of its own and remembers the last
 * number that was acknowledged. Afterwards each list must be 1, 2, 3 … without a hole or a repetition, at least up to that number.
 */
export class RedisLoad implements Load {
  private readonly sent: number[];
  private readonly acknowledged: number[];
  private readonly problems: string[] = [];
  private readonly wrongReads: string[] = [];
  private readonly timer: NodeJS.Timeout;

  private constructor(private readonly sessions: RedisSession[], private readonly options: RedisLoadOptions) {
    this.sent = sessions.map(() => 0);
    this.acknowledged = sessions.map(() => 0);
    this.timer = setInterval(() => this.tick(), options.tickMs ?? 4);
  }

  static async start(options: RedisLoadOptions): Promise<RedisLoad> {
    const sessions = await Promise.all(Array.from({ length: options.connections }, () => RedisSession.open(options.host, options.port)));
    return new RedisLoad(sessions, options);
  }

  resetWindow(): void {
    for (const session of this.sessions) session.connection.gaps.resetWindow();
  }

  longestGapMs(): number {
    return longestOf(this.sessions.map((session) => session.connection.gaps));
  }

  noticeableGaps(): Gap[] {
    return this.sessions.map((session) => session.connection.gaps).flatMap((gaps) => gaps.noticeable());
  }

  /** Looks the lists up in the service at this address, over a new connection. */
  async checkAt(host: string, port: number): Promise<LoadResult> {
    const session = await RedisSession.open(host, port);
    const acknowledged = [...this.acknowledged];
    const lists = await Promise.all(acknowledged.map((_, index) => session.ask('LRANGE', this.list(index), '0', '-1'))).finally(() => session.close());
    const missing = acknowledged.map((last, index) => this.missing(lists[index], last, index));
    return this.result(acknowledged, missing.reduce((sum, count) => sum + count, 0));
  }

  check(): Promise<LoadResult> {
    return this.checkAt(this.options.host, this.options.port);
  }

  async finish(): Promise<LoadResult> {
    clearInterval(this.timer);
    try {
      return await this.check();
    } finally {
      for (const session of this.sessions) session.close();
    }
  }

  private list(index: number): string {
    return `list:${this.options.name ?? ''}${index}`;
  }

  private tick(): void {
    this.sessions.forEach((session, index) => {
      if (session.outstanding >= maxOutstanding || session.connection.broken) return;
      const number = ++this.sent[index]!;
      session.send((reply) => {
        if (reply !== number) this.problems.push(`connection ${index}: write ${number} was answered with ${String(reply)}`);
        else this.acknowledged[index] = number;
      }, 'RPUSH', this.list(index), String(number));
      if ((number + index) % writesPerRead !== 0) return;
      const key = Math.floor(Math.random() * this.options.keys);
      session.send((reply) => {
        if (reply !== valueOf(key)) this.wrongReads.push(`connection ${index}: data:${key} has another value`);
      }, 'GET', `data:${key}`);
    });
  }

  /** How many of 1..last are not at their place; notes repetitions and holes behind it, too. */
  private missing(list: unknown, last: number, index: number): number {
    if (!Array.isArray(list)) throw new Error(`${this.list(index)} is not a list`);
    const wrong = list.findIndex((value, position) => value !== String(position + 1));
    if (wrong >= 0) this.problems.push(`${this.list(index)} has ${String(list[wrong])} where ${wrong + 1} belongs`);
    return Math.max(0, last - (wrong < 0 ? list.length : wrong));
  }

  private result(acknowledged: number[], lost: number): LoadResult {
    const connections = this.sessions.map((session) => session.connection);
    return {
      acknowledged: acknowledged.reduce((sum, count) => sum + count, 0),
      lost,
      connections: connections.length,
      broken: connections.filter((connection) => connection.broken).length,
      problems: [...problemsOf(connections), ...this.problems.slice(0, 5), ...this.wrongReads.slice(0, 1)],
    };
  }
}
