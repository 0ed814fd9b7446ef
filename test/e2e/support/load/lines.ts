import { Connection, lines, problemsOf } from './connection';
import { longestOf, type Gap } from './gaps';
import type { Load, LoadResult } from './load';

export interface LinesOptions {
  host: string;
  port: number;
  connections: number;
}

/** Clients of a service that talks in lines; what a line must be, a protocol of its own says. */
export abstract class LinesLoad implements Load {
  protected readonly connections: Connection[] = [];
  protected readonly problems: string[] = [];
  protected received = 0;

  /** A line came on this connection, `received` does not count it yet. */
  protected abstract line(index: number, line: string): void;
  /** Missing in what came so far. */
  protected abstract lost(): number;

  protected async connect({ host, port, connections }: LinesOptions, greeting = ''): Promise<this> {
    for (let index = 0; index < connections; index++) {
      const connection = await Connection.open(host, port, lines((line) => {
        this.line(index, line);
        this.received += 1;
      }));
      this.connections.push(connection);
      if (greeting) connection.write(greeting);
    }
    return this;
  }

  protected problem(index: number, text: string): void {
    this.problems.push(`connection ${index}: ${text}`);
  }

  resetWindow(): void {
    for (const connection of this.connections) connection.gaps.resetWindow();
  }

  longestGapMs(): number {
    return longestOf(this.connections.map((connection) => connection.gaps));
  }

  noticeableGaps(): Gap[] {
    return this.connections.map((connection) => connection.gaps).flatMap((gaps) => gaps.noticeable());
  }

  /** This side's port of each connection. */
  localPorts(): number[] {
    return this.connections.flatMap(({ socket }) => socket.localPort ?? []);
  }

  check(): Promise<LoadResult> {
    return Promise.resolve({
      acknowledged: this.received,
      lost: this.lost(),
      connections: this.connections.length,
      broken: this.connections.filter((connection) => connection.broken).length,
      problems: [...problemsOf(this.connections), ...this.problems.slice(0, 5)],
    });
  }

  async finish(): Promise<LoadResult> {
    const result = await this.check();
    for (const connection of this.connections) connection.close();
    return result;
  }
}
