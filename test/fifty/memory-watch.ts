import { readFileSync } from 'node:fs';

/** How much of the machine's memory was used, at most, beyond what was in the beginning. Bytes. */
export class MemoryWatch {
  private readonly before = available();
  private least = this.before;
  private readonly timer = setInterval(() => (this.least = Math.min(this.least, available())), 500);

  end(): number {
    clearInterval(this.timer);
    return this.before - this.least;
  }
}

const available = () => Number(/^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? 0) * 1024;
