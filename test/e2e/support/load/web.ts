import http from 'node:http';
import { WebSocket } from 'ws';
import { Gaps, longestOf, type Gap } from './gaps';
import type { Load, LoadResult } from './load';

/** One WebSocket with numbered echoes and ticks, and one stream of server-sent events, of the node server. */
export class WebLoad implements Load {
  private readonly gaps = { socket: new Gaps(), events: new Gaps() };
  private readonly problems: string[] = [];
  private readonly last: Record<string, number | undefined> = {};
  private sent = 0;
  private echoed = 0;
  private missing = 0;
  private broken = 0;
  private ending = false;
  private timer?: NodeJS.Timeout;
  private stop: (() => void)[] = [];

  static async start(options: { host: string; port: number }): Promise<WebLoad> {
    const load = new WebLoad();
    await Promise.all([load.openSocket(`ws://${options.host}:${options.port}`), load.openEvents(`http://${options.host}:${options.port}/events`)]);
    return load;
  }

  resetWindow(): void {
    this.gaps.socket.resetWindow();
    this.gaps.events.resetWindow();
  }

  longestGapMs(): number {
    return longestOf(Object.values(this.gaps));
  }

  noticeableGaps(): Gap[] {
    return Object.values(this.gaps).flatMap((gaps) => gaps.noticeable());
  }

  check(): Promise<LoadResult> {
    return Promise.resolve({ acknowledged: this.echoed, lost: this.missing, connections: 2, broken: this.broken, problems: this.problems.slice(0, 5) });
  }

  async finish(): Promise<LoadResult> {
    clearInterval(this.timer);
    const deadline = Date.now() + 5_000;
    while (this.echoed < this.sent && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
    this.missing += this.sent - this.echoed;
    const result = await this.check();
    this.ending = true;
    for (const stop of this.stop) stop();
    return result;
  }

  private openSocket(url: string): Promise<void> {
    const socket = new WebSocket(url);
    this.stop.push(() => socket.terminate());
    socket.on('message', (data: Buffer) => {
      this.gaps.socket.answer();
      const [word, number] = data.toString().split(' ');
      if (word === 'echo') this.echoed += 1;
      this.follow(`socket ${word ?? ''}`, Number(number));
    });
    socket.on('error', (error) => this.fail(`WebSocket: ${error.message}`));
    socket.on('close', () => this.fail('WebSocket: closed'));
    return new Promise((resolve) => socket.on('open', () => {
      this.timer = setInterval(() => socket.send(`echo ${++this.sent}`), 10);
      resolve();
    }));
  }

  private openEvents(url: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const request = http.get(url, { agent: false }, (response) => {
        let rest = '';
        response.setEncoding('latin1');
        response.on('data', (data: string) => {
          this.gaps.events.answer();
          const events = (rest + data).split('\n\n');
          rest = events.pop() ?? '';
          for (const event of events) this.follow('event', Number(/^data: (\d+)$/m.exec(event)?.[1]));
        });
        response.on('close', () => this.fail('events: closed'));
        response.on('error', (error) => this.fail(`events: ${error.message}`));
        resolve();
      });
      this.stop.push(() => request.destroy());
      request.on('error', reject);
    });
  }

  private follow(stream: string, number: number): void {
    const last = this.last[stream];
    if (last !== undefined && number !== last + 1) {
      this.missing += Math.max(1, number - last - 1) || 1;
      this.problems.push(`${stream}: ${number} came after ${last}`);
    }
    this.last[stream] = number;
  }

  private fail(reason: string): void {
    if (this.ending) return;
    this.broken += 1;
    this.problems.push(reason);
  }
}
