import { createHash } from 'node:crypto';
import http from 'node:http';
import { Gaps, longestOf, type Gap } from './gaps';
import type { Load, LoadResult } from './load';

export interface DownloadOptions {
  host: string;
  port: number;
  connections: number;
  /** So many processes of the server are to be busy: more downloads are begun until they are. */
  workers: number;
}

/** Downloads of one large file: read slowly, so that they last as long as the test wants, then to the end; each must arrive complete and with the file's checksum. */
export class DownloadLoad implements Load {
  private readonly gaps: Gaps[] = [];
  private readonly problems: string[] = [];
  private readonly servedBy = new Set<string>();
  private readonly hurry: (() => void)[] = [];
  private readonly downloads: Promise<void>[] = [];
  private bytes = 0;
  private broken = 0;
  private ended = 0;

  private constructor(private readonly wanted: string) {}

  static async start(options: DownloadOptions): Promise<DownloadLoad> {
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

  /** Reads on as fast as it goes, and awaits the ends of the downloads. */
  async finish(): Promise<LoadResult> {
    for (const hurry of this.hurry) hurry();
    await Promise.all(this.downloads);
    return this.check();
  }

  private async download(url: string, answered: () => void): Promise<void> {
    try {
      const response = await new Promise<http.IncomingMessage>((resolve, reject) => http.get(url, { agent: false }, resolve).on('error', reject));
      this.servedBy.add(String(response.headers['x-worker']));
      const arrival = this.follow(response);
      answered();
      if ((await arrival) !== this.wanted) throw new Error('the checksum differs');
    } catch (error) {
      this.broken += 1;
      this.problems.push(`download: ${error instanceof Error ? error.message : String(error)}`);
      answered();
    } finally {
      this.ended += 1;
    }
  }

  /** Resolves to the checksum of all that came. */
  private follow(response: http.IncomingMessage): Promise<string> {
    const gap = new Gaps();
    this.gaps.push(gap);
    const hash = createHash('sha256');
    const take = (data: Buffer) => {
      gap.answer();
      this.bytes += data.length;
      hash.update(data);
    };
    const sip = setInterval(() => {
      const data = response.read(Math.min(response.readableLength, sipBytes)) as Buffer | null;
      if (data) take(data);
    }, sipEachMs);
    this.hurry.push(() => {
      clearInterval(sip);
      response.on('data', take);
    });
    return new Promise((resolve, reject) => {
      response.on('end', () => resolve(hash.digest('hex')));
      response.on('error', reject);
      response.on('close', () => {
        clearInterval(sip);
        reject(new Error('the connection ended before the file'));
      });
    });
  }
}

const mostDownloads = 24;
const sipEachMs = 20;
const sipBytes = 8192;
