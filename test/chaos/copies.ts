import { setTimeout as pause } from 'node:timers/promises';
import type { Outer } from './outer';

const lookEachMs = 250;

/** Watches how many copies run; two that are seen by two looks on end are one too many. */
export class Copies {
  readonly faults: string[] = [];
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
      // What cannot be looked at, a container that just ends, is no look.
      const two = await this.two().catch(() => undefined);
      if (two && before) this.faults.push(`two copies ran at ${new Date().toISOString()}`);
      before = two === true;
      if (two !== undefined) this.looks += 1;
      await pause(lookEachMs);
    }
  }

  /** What runs before and after the other was seen to run, ran at that instant. */
  private async two(): Promise<boolean> {
    const [one, other] = this.outers;
    return (await one.running()) > 0 && (await other.running()) > 0 && (await one.running()) > 0;
  }
}
