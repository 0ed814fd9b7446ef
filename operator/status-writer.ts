import { isDeepStrictEqual } from 'node:util';
import type { MigrationObjectStatus } from './migration';

/** Of a count of bytes that changes and nothing else. */
const countMs = 2_000;

/** Writes the newest status, one at a time; what was overtaken meanwhile is left out. */
export class StatusWriter {
  private wanted?: MigrationObjectStatus;
  private writing?: Promise<void>;
  private writtenAt = 0;

  /** @param put Does not come back before it has succeeded, or there is nothing left to write to. */
  constructor(private readonly put: (status: MigrationObjectStatus) => Promise<void>, private written: MigrationObjectStatus | undefined) {}

  /** Failures are told by `flushed`. */
  write(status: MigrationObjectStatus): void {
    this.wanted = status;
    this.writing ??= this.drain().finally(() => (this.writing = undefined));
    this.writing.catch(() => undefined);
  }

  /** Resolves when the newest one is written. */
  async flushed(): Promise<void> {
    await this.writing;
  }

  private async drain(): Promise<void> {
    for (let next = this.wanted; next && this.isNews(next); next = this.wanted) {
      await this.put(next);
      this.written = next;
      this.writtenAt = performance.now();
    }
  }

  private isNews(status: MigrationObjectStatus): boolean {
    if (!isDeepStrictEqual({ ...status, progress: undefined }, { ...this.written, progress: undefined })) return true;
    return !isDeepStrictEqual(status.progress, this.written?.progress) && performance.now() - this.writtenAt >= countMs;
  }
}
