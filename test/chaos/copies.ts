import { setTimeout as pause } from 'node:timers/promises';
import type { Outer } from './outer';

const lookEachMs = 250;

/** Watches how many copies run; two that are seen by two looks on end are one too many. */
export class Copies {
  readonly faults: string[] = [];
  /** Those that saw a copy run: one that sees none may have looked at nothing. */
  looks = 0;
  private over = false;
  private readonly ended: Promise<void>;

  constructor(private readonly outers: readonly [Outer, Outer]) {
    this.ended = this.watch();
  }

  async stop(): Promise<void> {
    this.over = true;
    await this.ended;
  }

  private async watch(): Promise<void> {
    let before = false;
    while (!this.over) {
      const copies = await this.count();
      const two = copies > 1;
      if (two && before) this.faults.push(`two copies ran at ${new Date().toISOString()}`);
      before = two;
      if (copies > 0) this.looks += 1;
      await pause(lookEachMs);
    }
  }

  /** What runs before and after the other was seen to run, ran at that instant. */
  private async count(): Promise<number> {
    const [one, other] = this.outers;
    const before = await one.running();
    const there = await other.running();
    return before > 0 && there > 0 && (await one.running()) === 0 ? 1 : before + there;
  }
}
