import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import type { Answer } from '../chaos/oracle/answer';
import type { Recorder } from '../chaos/oracle/clients';
import type { Kind, Operation } from './operation';

const kinds = { w: 'write', i: 'look', m: 'look' } as const;

/** Of all services of a run, one after the other; a line for each operation when it has returned, or never will. */
export class History {
  private readonly out: WriteStream;
  private readonly began = process.hrtime.bigint();
  private readonly awaited = new Set<Operation>();
  private clients = 0;
  private closed = false;

  constructor(readonly file: string) {
    this.out = createWriteStream(file);
  }

  now(): number {
    return Number(process.hrtime.bigint() - this.began);
  }

  /** Of the clients of one service. */
  of(key: string): Recorder {
    return () => {
      const client = (this.clients += 1);
      return (question) => {
        const operation: Operation = { key, client, kind: kinds[question], call: this.now(), return: null, answer: null };
        this.awaited.add(operation);
        return (answer) => {
          // What the history was closed over is told already; a write that was refused left nothing behind, and counts as none.
          if (this.awaited.delete(operation) && answer !== 'refused') this.write(answer ? this.answered(operation, answer) : operation);
        };
      };
    };
  }

  private answered(operation: Operation, { incarnation, sequence, number }: Answer): Operation {
    return { ...operation, return: this.now(), answer: { incarnation, sequence, number } };
  }

  event(key: string, kind: Exclude<Kind, 'write' | 'look' | 'read-ledger'>, call: number, returned = this.now()): void {
    this.write({ key, client: 0, kind, call, return: returned, answer: null });
  }

  async readLedger(key: string, read: () => Promise<readonly string[]>): Promise<readonly string[]> {
    const call = this.now();
    const lines = await read();
    this.write({ key, client: 0, kind: 'read-ledger', call, return: this.now(), answer: { number: lines.length } });
    return lines;
  }

  /** What is still awaited will never be known; what is asked afterwards is no part of it. */
  async close(): Promise<void> {
    for (const operation of this.awaited) this.write(operation);
    this.awaited.clear();
    this.closed = true;
    this.out.end();
    await once(this.out, 'finish');
  }

  private write(operation: Operation): void {
    if (!this.closed) this.out.write(`${JSON.stringify(operation)}\n`);
  }
}
