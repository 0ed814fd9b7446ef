import { LinesLoad, type LinesOptions } from './lines';

interface Answer {
  line: string;
  answered: number;
  counters: number[];
  total: number;
}

/** Clients of the threads program: numbered lines out, one JSON answer each; the threads' counters must add up in every answer. */
export class ThreadsLoad extends LinesLoad {
  private readonly sent: number[] = [];
  private readonly answered: number[] = [];
  private readonly lastTotal: number[] = [];
  private timer?: NodeJS.Timeout;
  private unanswered = 0;

  static async start(options: LinesOptions): Promise<ThreadsLoad> {
    const load = await new ThreadsLoad().connect(options);
    load.timer = setInterval(() => load.ask(), askEachMs);
    return load;
  }

  protected lost(): number {
    return this.unanswered;
  }

  /** What is still on its way gets a moment; a line without an answer is lost. */
  override async finish() {
    clearInterval(this.timer);
    const deadline = Date.now() + lastAnswersMs;
    const sent = this.sent.reduce((sum, count) => sum + count, 0);
    while (this.received < sent && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
    this.unanswered = sent - this.received;
    return super.finish();
  }

  protected line(index: number, line: string): void {
    const answer = JSON.parse(line) as Answer;
    const due = (this.answered[index] ?? 0) + 1;
    if (answer.line !== String(due)) this.problem(index, `line ${answer.line} was answered where ${due} was due`);
    this.answered[index] = due;
    const sum = answer.counters.reduce((total, count) => total + count, 0);
    if (sum !== answer.total) this.problem(index, `the threads' counters add up to ${sum}, not ${answer.total}`);
    const before = this.lastTotal[index] ?? 0;
    if (answer.total < before) this.problem(index, `the count went back from ${before} to ${answer.total}`);
    this.lastTotal[index] = answer.total;
  }

  private ask(): void {
    this.connections.forEach((connection, index) => {
      const number = (this.sent[index] ?? 0) + 1;
      this.sent[index] = number;
      connection.write(`${number}\n`);
    });
  }
}

const askEachMs = 5;
const lastAnswersMs = 5_000;
