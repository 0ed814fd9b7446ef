import { isDeepStrictEqual } from 'node:util';
import type { MigrationObjectStatus } from './migration';

/** Of a count of bytes that changes and nothing else. */
const countMs = 2_000;

/** Writes the newest status, one at a time; what was overtaken meanwhile is left out. */
export class StatusWriter {
  private wanted?: MigrationObjectStatus;
  private writing?: Promise<void>;
  private writtenAt = 0;
  private failure?: Error;

  /** @param put Does not come back before it has succeeded, or there is nothing left to write to. */
  constructor(private readonly put: (status: MigrationObjectStatus) => Promise<void>, private written: MigrationObjectStatus | undefined) {}

  /** Failures are told by `flushed`. */
  write(status: MigrationObjectStatus): void {
    this.wanted = status;
    this.writing ??= this.drain()
      .catch((error: unknown) => {
        this.failure = error as Error;
      })
      .finally(() => (this.writing = undefined));
  }

  /** Resolves when the newest one is written; throws when one could not be. */
  async flushed(): Promise<void> {
    await this.writing;
    if (this.failure) throw this.failure;
  }

  private async drain(): Promise<void> {
    for (let next = this.wanted; next && !this.failure && this.isNews(next); next = this.wanted) {
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
