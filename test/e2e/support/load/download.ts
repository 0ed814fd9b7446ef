import { createHash } from 'node:crypto';
import http from 'node:http';
import { Gaps, longestOf, type Gap } from './gaps';
import type { Load, LoadResult } from './load';

/** Downloads of one large file, under way during the migration; each must arrive complete and with the file's checksum. */
export class DownloadLoad implements Load {
  private readonly gaps: Gaps[] = [];
  private readonly problems: string[] = [];
  private readonly servedBy = new Set<string>();
  private bytes = 0;
  private broken = 0;
  private ended = 0;
  private readonly downloads: Promise<void>[] = [];

  private constructor(private readonly wanted: string) {}

  /** Begins as many downloads as make so many worker processes of the server busy. */
  static async start(options: { host: string; port: number; connections: number; workers: number }): Promise<DownloadLoad> {
    const base = `http://${options.host}:${options.port}`;
    const load = new DownloadLoad((await (await fetch(`${base}/large.sha256`)).text()).trim());
    while (load.downloads.length < options.connections || load.servedBy.size < options.workers) {
      if (load.downloads.length >= mostDownloads) throw new Error(`${mostDownloads} downloads were answered by ${[...load.servedBy].join()}, not by ${options.workers} workers`);
      await new Promise<void>((answered) => load.downloads.push(load.download(`${base}/large`, answered)));
    }
    return load;
  }

  /** Every download has neither arrived nor failed. */
  get underWay(): boolean {
    return this.ended === 0;
  }

  resetWindow(): void {
    for (const gap of this.gaps) gap.resetWindow();
  }

  longestGapMs(): number {
    return longestOf(this.gaps);
  }

  noticeableGaps(): Gap[] {
    return this.gaps.flatMap((gaps) => gaps.noticeable());
  }

  check(): Promise<LoadResult> {
    return Promise.resolve({ acknowledged: this.bytes, lost: 0, connections: this.gaps.length, broken: this.broken, problems: [...this.problems] });
  }

  /** Awaits the ends of the downloads. */
  async finish(): Promise<LoadResult> {
    await Promise.all(this.downloads);
    return this.check();
  }

  private download(url: string, answered: () => void): Promise<void> {
    const gap = new Gaps();
    this.gaps.push(gap);
    const hash = createHash('sha256');
    const arrival = new Promise<void>((resolve) => {
      const fail = (reason: string) => {
        this.broken += 1;
        this.problems.push(`download: ${reason}`);
        answered();
        resolve();
      };
      const request = http.get(url, { agent: false }, (response) => {
        this.servedBy.add(String(response.headers['x-worker']));
        answered();
        response.on('data', (data: Buffer) => {
          gap.answer();
          this.bytes += data.length;
          hash.update(data);
        });
        response.on('error', (error) => fail(error.message));
        response.on('end', () => {
          if (hash.digest('hex') !== this.wanted) return fail('the checksum differs');
          resolve();
        });
      });
      request.on('error', (error) => fail(error.message));
    });
    return arrival.finally(() => (this.ended += 1));
  }
}

const mostDownloads = 24;
