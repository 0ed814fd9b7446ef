import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { addressOf } from '../../e2e/support/clusters';
import { lines } from '../../e2e/support/load/connection';
import { parseAnswer, type Answer } from './answer';

const betweenWritesMs = 50;
const betweenProbesMs = 300;
const probeMs = 1_000;
const reconnectMs = 100;

type Question = 'w' | 'i' | 'm';

/** Called for each client, which is a connection; then told of each question as it is asked; then of the answer: undefined when it never came, `refused` when the service would not. */
export type Recorder = () => (question: Question) => Told;
type Told = (answer: Answer | 'refused' | undefined) => void;

const nobody: Recorder = () => () => () => undefined;

/** Clients of one service `ledger` at the address of one cluster: connections that stay and write, and one that comes anew each time and only looks. */
export class Clients {
  broken = 0;
  private over = false;
  private readonly sockets = new Set<net.Socket>();
  private readonly lastHeard = new Map<net.Socket, number>();
  private readonly recorders = new WeakMap<net.Socket, ReturnType<Recorder>>();
  private readonly asked = new Map<net.Socket, Told>();

  private constructor(readonly cluster: string, private readonly port: number, private readonly ownAddress: string, private readonly heard: (answer: Answer) => void, private readonly recorder: Recorder) {}

  /**
   * Resolves when each connection has had an answer.
   * @param ownAddress Another one than at the other cluster: the service must not see two connections with the same address and port, which one machine may well make to two.
   */
  static async attach(cluster: string, port: number, ownAddress: string, connections: number, heard: (answer: Answer) => void, recorder = nobody): Promise<Clients> {
    const clients = new Clients(cluster, port, ownAddress, heard, recorder);
    await Promise.all(Array.from({ length: connections }, () => clients.write()));
    void clients.probe();
    return clients;
  }

  /** Connections that have had no answer since that instant. */
  silentSince(ms: number): number {
    return [...this.lastHeard.values()].filter((last) => last < ms).length;
  }

  /** As somebody does who has waited long enough: connections on which nothing came since that instant are ended, and made anew. */
  giveUpSilent(ms: number): void {
    for (const [socket, last] of this.lastHeard) if (last < ms) socket.destroy();
  }

  detach(): void {
    this.over = true;
    for (const socket of this.sockets) socket.destroy();
  }

  /** One write after the other. A connection that ends counts as broken, and a new one takes its place. */
  private write(): Promise<void> {
    return new Promise((answered) => {
      const socket = this.open((answer, line) => {
        if (answer) answered();
        if (!answer && line !== 'E') return;
        this.lastHeard.set(socket, Date.now());
        setTimeout(() => socket.writable && this.say(socket, 'w'), betweenWritesMs);
      });
      let was = false;
      socket.on('connect', () => {
        was = true;
        this.lastHeard.set(socket, Date.now());
        this.say(socket, 'w');
      });
      socket.on('close', () => {
        // A port that is published accepts before anybody listens behind it.
        const served = was && socket.bytesRead > 0;
        this.lastHeard.delete(socket);
        if (this.over) return;
        if (served) this.broken += 1;
        setTimeout(() => void this.write().then(answered), reconnectMs);
      });
    });
  }

  private async probe(): Promise<void> {
    while (!this.over) {
      await new Promise<void>((resolve) => {
        const socket = this.open(() => socket.destroy());
        socket.setTimeout(probeMs, () => socket.destroy());
        socket.on('connect', () => this.say(socket, 'i'));
        socket.on('close', () => resolve());
      });
      await pause(betweenProbesMs);
    }
  }

  /** Asks once, on a connection of its own; undefined when there is no answer in time. */
  ask(question: 'i' | 'm', withinMs: number): Promise<Answer | undefined> {
    return new Promise((resolve) => {
      const socket = this.open((answer) => {
        resolve(answer);
        socket.destroy();
      });
      socket.setTimeout(withinMs, () => socket.destroy());
      socket.on('connect', () => this.say(socket, question));
      socket.on('close', () => resolve(undefined));
    });
  }

  private open(onLine: (answer: Answer | undefined, line: string) => void): net.Socket {
    const socket = net.connect({ host: addressOf(this.cluster), port: this.port, localAddress: this.ownAddress, noDelay: true });
    this.sockets.add(socket);
    this.recorders.set(socket, this.recorder());
    socket.on('data', lines((line) => {
      const answer = parseAnswer(this.cluster, line);
      if (answer) this.heard(answer);
      if (answer || line === 'E') this.settle(socket, answer ?? 'refused');
      onLine(answer, line);
    }));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.sockets.delete(socket);
      this.settle(socket, undefined);
    });
    return socket;
  }

  private say(socket: net.Socket, question: Question): void {
    const told = this.recorders.get(socket)?.(question);
    if (told) this.asked.set(socket, told);
    socket.write(question);
  }

  private settle(socket: net.Socket, answer: Answer | 'refused' | undefined): void {
    this.asked.get(socket)?.(answer);
    this.asked.delete(socket);
  }
}
