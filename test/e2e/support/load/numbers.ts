import { LinesLoad, type LinesOptions } from './lines';

/** Subscribers of a service that sends lines that begin with a number, one more each time; the rest of a line must be `accepts`ed. */
export class NumbersLoad extends LinesLoad {
  private readonly next: (number | undefined)[] = [];
  private missing = 0;

  private constructor(private readonly accepts: (rest: string) => boolean) {
    super();
  }

  static start(options: LinesOptions, accepts: (rest: string) => boolean = (rest) => rest === ''): Promise<NumbersLoad> {
    return new NumbersLoad(accepts).connect(options, 'P');
  }

  protected lost(): number {
    return this.missing;
  }

  protected line(index: number, line: string): void {
    const [, digits, rest] = /^(\d+)(?: (.*))?$/.exec(line) ?? [];
    if (digits === undefined) return this.problem(index, `not a number: ${line}`);
    const number = Number(digits);
    const expected = this.next[index] ?? number;
    if (number !== expected) {
      this.problem(index, `${number} came where ${expected} was due`);
      this.missing += Math.max(1, number - expected);
    }
    if (!this.accepts(rest ?? '')) this.problem(index, line);
    this.next[index] = number + 1;
  }
}

/** Lines of the program `forking`: number, milliseconds since its last tick by its own monotonic clock, what failed or `ok`. */
export function forkingLine(rest: string): boolean {
  const sinceLastMs = Number(/^(\d+) ok$/.exec(rest)?.[1] ?? Infinity);
  return sinceLastMs < clockJumpMs;
}

/** Far longer than any downtime, far shorter than what two machines' monotonic clocks differ by. */
const clockJumpMs = 10_000;
