import { lines, Connection, problemsOf } from './connection';
import { longestOf, type Gap } from './gaps';
import type { Load, LoadResult } from './load';

export interface NumbersOptions {
  host: string;
  port: number;
  connections: number;
}

/** Subscribers of a service that sends lines that begin with a number, one more each time; the rest of a line must be `expected`. */
export class NumbersLoad implements Load {
  private readonly next: (number | undefined)[] = [];
  private readonly connections: Connection[] = [];
  private readonly problems: string[] = [];
  private received = 0;
  private missing = 0;

  private constructor(private readonly accepts: (rest: string) => boolean) {}

  static async start(options: NumbersOptions, accepts: (rest: string) => boolean = (rest) => rest === ''): Promise<NumbersLoad> {
    const load = new NumbersLoad(accepts);
    for (let index = 0; index < options.connections; index++) {
      const connection = await Connection.open(options.host, options.port, lines((line) => load.line(index, line)));
      load.connections.push(connection);
      connection.write('P');
    }
    return load;
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

  check(): Promise<LoadResult> {
    return Promise.resolve({
      acknowledged: this.received,
      lost: this.missing,
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

  private line(index: number, line: string): void {
    const [, digits, rest] = /^(\d+)(?: (.*))?$/.exec(line) ?? [];
    if (digits === undefined) {
      this.problems.push(`connection ${index}: not a number: ${line}`);
      return;
    }
    const number = Number(digits);
    const expected = this.next[index] ?? number;
    if (number !== expected) {
      this.problems.push(`connection ${index}: ${number} came where ${expected} was due`);
      this.missing += Math.max(1, number - expected);
    }
    if (!this.accepts(rest ?? '')) this.problems.push(`connection ${index}: ${line}`);
    this.next[index] = number + 1;
    this.received += 1;
  }
}

/** Lines of the program `forking`: number, milliseconds since its last tick by its own monotonic clock, what failed or `ok`. */
export function forkingLine(rest: string): boolean {
  const sinceLastMs = Number(/^(\d+) ok$/.exec(rest)?.[1] ?? Infinity);
  return sinceLastMs < clockJumpMs;
}

/** Far longer than any downtime, far shorter than what two machines' monotonic clocks differ by. */
const clockJumpMs = 10_000;
