import http from 'node:http';
import { WebSocket } from 'ws';
import { Gaps, longestOf, type Gap } from './gaps';
import type { Load, LoadResult } from './load';

/** One WebSocket with numbered echoes and ticks, one stream of server-sent events, and requests one after the other on one kept connection, of the node server. */
export class WebLoad implements Load {
  private readonly gaps = { socket: new Gaps(), events: new Gaps(), requests: new Gaps() };
  private readonly problems: string[] = [];
  private readonly last: Record<string, number | undefined> = {};
  private sent = 0;
  private echoed = 0;
  private answered = 0;
  private missing = 0;
  private broken = 0;
  private ending = false;
  private timer?: NodeJS.Timeout;
  private stop: (() => void)[] = [];

  static async start(options: { host: string; port: number }): Promise<WebLoad> {
    const load = new WebLoad();
    const place = `${options.host}:${options.port}`;
    await Promise.all([load.openSocket(`ws://${place}`), load.openEvents(`http://${place}/events`)]);
    load.requests(`http://${place}/`);
    return load;
  }

  resetWindow(): void {
    for (const gaps of Object.values(this.gaps)) gaps.resetWindow();
  }

  longestGapMs(): number {
    return longestOf(Object.values(this.gaps));
  }

  noticeableGaps(): Gap[] {
    return Object.values(this.gaps).flatMap((gaps) => gaps.noticeable());
  }

  check(): Promise<LoadResult> {
    return Promise.resolve({ acknowledged: this.echoed + this.answered, lost: this.missing, connections: 3, broken: this.broken, problems: this.problems.slice(0, 5) });
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

  /** The server counts its requests: nobody else makes any. */
  private requests(url: string): void {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const sockets = new Set<unknown>();
    const ask = () => {
      const request = http.get(url, { agent }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (data: string) => (body += data));
        response.on('end', () => {
          this.gaps.requests.answer();
          this.answered += 1;
          this.follow('request', (JSON.parse(body) as { requests: number }).requests);
          if (!this.ending) setTimeout(ask, requestEachMs);
        });
      });
      request.on('socket', (socket) => {
        if (sockets.size > 0 && !sockets.has(socket)) this.fail('requests: another connection was needed');
        sockets.add(socket);
      });
      request.on('error', (error) => this.fail(`requests: ${error.message}`));
    };
    this.stop.push(() => agent.destroy());
    ask();
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

const requestEachMs = 20;
