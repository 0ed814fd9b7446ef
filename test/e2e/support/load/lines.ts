import { Connection, lines, problemsOf } from './connection';
import { longestOf, type Gap } from './gaps';
import type { Load, LoadResult } from './load';

interface Answer {
  line: string;
  answered: number;
  counters: number[];
  total: number;
}

/** Clients of the threads program: numbered lines out, one JSON answer each; the threads' counters must add up in every answer. */
export class LinesLoad implements Load {
  private readonly sent: number[] = [];
  private readonly answered: number[] = [];
  private readonly connections: Connection[] = [];
  private readonly problems: string[] = [];
  private readonly lastTotal: number[] = [];
  private timer?: NodeJS.Timeout;

  static async start(options: { host: string; port: number; connections: number }): Promise<LinesLoad> {
    const load = new LinesLoad();
    for (let index = 0; index < options.connections; index++) {
      load.sent.push(0);
      load.answered.push(0);
      load.connections.push(await Connection.open(options.host, options.port, lines((line) => load.answer(index, JSON.parse(line) as Answer))));
    }
    load.timer = setInterval(() => load.connections.forEach((connection, index) => connection.write(`${++load.sent[index]!}\n`)), 5);
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
      acknowledged: this.answered.reduce((sum, count) => sum + count, 0),
      lost: 0,
      connections: this.connections.length,
      broken: this.connections.filter((connection) => connection.broken).length,
      problems: [...problemsOf(this.connections), ...this.problems.slice(0, 5)],
    });
  }

  /** What is still on its way gets a moment; a line without an answer is lost. */
  async finish(): Promise<LoadResult> {
    clearInterval(this.timer);
    const deadline = Date.now() + 5_000;
    const unanswered = () => this.sent.reduce((sum, count, index) => sum + count - this.answered[index]!, 0);
    while (unanswered() > 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
    const result = { ...(await this.check()), lost: unanswered() };
    for (const connection of this.connections) connection.close();
    return result;
  }

  private answer(index: number, answer: Answer): void {
    const due = this.answered[index]! + 1;
    if (answer.line !== String(due)) this.problems.push(`connection ${index}: line ${answer.line} was answered where ${due} was due`);
    this.answered[index] = due;
    const sum = answer.counters.reduce((total, count) => total + count, 0);
    if (sum !== answer.total) this.problems.push(`the threads' counters add up to ${sum}, not ${answer.total}`);
    const before = this.lastTotal[index] ?? 0;
    if (answer.total < before) this.problems.push(`connection ${index}: the count went back from ${before} to ${answer.total}`);
    this.lastTotal[index] = answer.total;
  }
}
