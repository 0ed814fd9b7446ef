import { performance } from 'node:perf_hooks';

export interface Gap {
  /** When it ended, ms of the wall clock. */
  endedAt: number;
  ms: number;
}

/** Measures the silences on one connection. */
export class Gaps {
  private last = performance.now();
  private longest = 0;
  private long: Gap[] = [];

  /** An answer arrived. */
  answer(): void {
    const now = performance.now();
    const ms = now - this.last;
    this.longest = Math.max(this.longest, ms);
    if (ms > noticeableMs) this.long.push({ endedAt: Date.now(), ms });
    this.last = now;
  }

  resetWindow(): void {
    this.last = performance.now();
    this.longest = 0;
    this.long = [];
  }

  /** Those since the window began that a client might notice. */
  noticeable(): readonly Gap[] {
    return this.long;
  }

  longestMs(): number {
    return Math.max(this.longest, performance.now() - this.last);
  }
}

export const longestOf = (gaps: readonly Gaps[]) => Math.max(0, ...gaps.map((gap) => gap.longestMs()));

const noticeableMs = 20;
