import { performance } from 'node:perf_hooks';

/** Measures the longest silence on one connection. */
export class Gaps {
  private last = performance.now();
  private longest = 0;

  /** An answer arrived. */
  answer(): void {
    const now = performance.now();
    this.longest = Math.max(this.longest, now - this.last);
    this.last = now;
  }

  resetWindow(): void {
    this.last = performance.now();
    this.longest = 0;
  }

  longestMs(): number {
    return Math.max(this.longest, performance.now() - this.last);
  }
}

export const longestOf = (gaps: readonly Gaps[]) => Math.max(0, ...gaps.map((gap) => gap.longestMs()));
