import { MigrationFailedError, RefusedError, UnavailableError } from '../../domain/errors';
import type { DriverEvent, DriverVerb, EngineClient, EngineStatus, KeepRequest, Kept, MigrationState, PrepareRequest, StepResult, SyncStats } from '../../domain/engine';
import type { HostFacts, ServiceFacts, Ticket } from '../../domain/migration';
import type { JournalState, OuterSpec } from '../../domain/service';
import { host, serviceFacts } from './facts';
import type { World } from './world';

const notHere = (): Promise<never> => Promise.reject(new Error('not part of the fake'));

/** There is a tree, running or frozen. */
const withProcesses: readonly JournalState[] = ['running', 'armedS', 'frozen', 'handedOff', 'owing', 'gated', 'waiting'];

/** An engine that keeps the journal's rules and has no processes. */
export class FakeEngine implements EngineClient {
  state: JournalState = 'absent';
  epoch = 0;
  history = new Map<number, JournalState>();
  /** The application has not ended. */
  alive = true;
  /** Its container was restarted since it began to relay. */
  relayForgot = false;
  /** Epoch in which the application was last started from its image. */
  startedIn?: number;
  /** The outer container runs. */
  up = true;
  /** ... and all in it stands still. */
  paused = false;
  hostFacts: HostFacts = host();
  facts: Partial<ServiceFacts> = {};
  /** Bytes of the passes to come. */
  passes = [4_000_000, 1000];
  relayed = 0;
  ticket?: Ticket;
  /** It has been decided that its container goes. */
  leaving = false;
  /** A migration has asked it to stay. */
  expected = false;
  /** Its container was restarted, and it waits for its peer's word. */
  asks = false;
  /** It waits for pages that nobody fetches any more. */
  stranded = false;
  /** Of its container, when that does not run. */
  files = new Map<string, string>();
  private keptAs?: Kept;
  private events: DriverEvent[] = [];
  private bytesSent = 0;

  constructor(
    private readonly world: World,
    readonly cluster: string,
    readonly outer: OuterSpec,
    /** The orchestrator's id. */
    readonly container = '',
  ) {}

  journal(epoch: number, state: JournalState): void {
    this.history.set(epoch, state);
    this.epoch = epoch;
    this.state = state;
  }

  /** What the volume of an earlier outer container holds. */
  remember(history: ReadonlyMap<number, JournalState>): void {
    for (const [epoch, state] of [...history].sort(([a], [b]) => a - b)) this.journal(epoch, state);
  }

  /** A line of an older epoch changes history only. */
  private record(epoch: number, state: JournalState): void {
    if (epoch === this.epoch) this.journal(epoch, state);
    else this.history.set(epoch, state);
  }

  private insistOnStaying(): void {
    if (this.leaving) throw new RefusedError('retired', 'this outer container is about to be removed');
  }

  private get relaysFor(): number | undefined {
    for (const [epoch, state] of [...this.history].sort(([a], [b]) => b - a)) {
      if (state === 'relaying' || state === 'owing') return epoch;
      if (!['armedD', 'gated', 'discarded'].includes(state)) return undefined;
    }
    return undefined;
  }

  status(): Promise<EngineStatus> {
    return this.effect('status', () => ({
      service: { id: this.outer.id, name: this.outer.name },
      cluster: this.cluster,
      state: this.state,
      epoch: this.epoch,
      running: this.alive && !this.asks && withProcesses.includes(this.state),
      memoryBytes: 0,
      relayedConnections: this.relayed,
      tunnelKey: `key-of-${this.cluster}`,
      ...(this.relayForgot && { relayForgot: true }),
      ...(this.relaysFor !== undefined && { relaysFor: this.relaysFor }),
      ...(this.startedIn !== undefined && { startedIn: this.startedIn }),
      ...(this.leaving && { leaving: true }),
      ...(this.asks && { asks: true }),
      ...(this.stranded && { stranded: true }),
      ...(this.ticket && { migration: { id: this.ticket.migration, role: this.role, peer: this.peerCluster } }),
      host: this.hostFacts,
    }));
  }

  inspect(): Promise<ServiceFacts> {
    return this.effect('inspect', () => serviceFacts({ spec: this.outer, epoch: this.epoch, host: this.hostFacts, ...this.facts }));
  }

  prepare({ ticket, role }: PrepareRequest): Promise<void> {
    return this.effect(`prepare:${role}`, () => {
      const armed = role === 'source' ? 'armedS' : 'armedD';
      if (this.ticket?.migration === ticket.migration && this.state === armed) return;
      if (role === 'destination') this.insistOnStaying();
      if (role === 'source' && this.state !== 'running') throw new RefusedError('already-migrating', `migration ${this.ticket?.migration} is under way`);
      if (ticket.epoch <= this.epoch) throw new RefusedError('stale-epoch', `epoch ${ticket.epoch} is over`);
      this.expected = false;
      this.ticket = ticket;
      this.events = [];
      this.bytesSent = 0;
      this.journal(ticket.epoch, armed);
    });
  }

  sync(): Promise<SyncStats> {
    return this.effect('sync', () => {
      const bytes = this.passes.shift() ?? 0;
      this.bytesSent += bytes;
      return { bytes, files: 1, durationMs: 1 };
    });
  }

  step(verb: DriverVerb, migration?: string): Promise<StepResult> {
    return this.effect(`step:${verb}`, () => {
      if (migration !== undefined && this.ticket && migration !== this.ticket.migration) throw new RefusedError('other-migration', 'engaged in another one');
      this[verb]();
      return { state: this.state, events: this.events, ...(verb === 'transfer' && { bytes: 5000 }), ...(verb === 'handoff' && { bytes: 5000, downtimeMs: 25 }) };
    });
  }

  answer(_migration: string, state: 'running' | 'discarded'): Promise<StepResult> {
    return this.effect('answer', () => {
      const began = !this.alive && state === 'discarded';
      if (this.state === 'handedOff' || (this.state === 'armedS' && began)) this.journal(this.epoch, state === 'running' ? 'owing' : 'running');
      this.alive ||= began;
      return { state: this.state, events: [] };
    });
  }

  migration(): Promise<MigrationState | undefined> {
    const { ticket, state, events, bytesSent } = this;
    return this.effect('migration', () => ticket && { migration: ticket.migration, epoch: ticket.epoch, role: this.role, peer: this.peerCluster, state, strategy: ticket.strategy, events, bytesSent });
  }

  keep({ migration, seen, asks }: KeepRequest): Promise<{ kept: Kept }> {
    return this.effect('keep', () => {
      if (migration !== this.ticket?.migration) throw new RefusedError('other-migration', 'engaged in another one');
      if (this.keptAs) return { kept: this.keptAs };
      if (this.state !== seen || this.asks !== asks) throw new UnavailableError('changed', `the journal says ${this.state} by now`);
      if (this.state === 'running') return { kept: 'already' };
      this.keptAs = this.state === 'owing' ? 'taken-back' : this.asks || this.state === 'waiting' ? 'afresh' : this.state === 'gated' ? 'committed' : 'resumed';
      this.asks = false;
      if (this.keptAs === 'afresh') this.restart();
      this.journal(this.epoch, 'running');
      return { kept: this.keptAs };
    });
  }

  endRelay(epoch: number, { owesNothing = false } = {}): Promise<void> {
    return this.effect('end-relay', () => {
      const state = this.history.get(epoch);
      const newer = [...this.history].some(([other, now]) => other > epoch && now !== 'discarded');
      if (newer || !(state === 'relaying' || state === 'retired' || (owesNothing && state === 'owing'))) throw new RefusedError('not-relaying', `it is ${this.state}`);
      if (this.expected) throw new UnavailableError('expected', 'a migration is about to come here');
      this.leaving = true;
      this.record(epoch, 'retired');
    });
  }

  forgetDebt(epoch: number): Promise<void> {
    return this.effect('forget-debt', () => {
      if (this.history.get(epoch) === 'owing') this.record(epoch, 'relaying');
    });
  }

  stay(): Promise<void> {
    return this.effect('stay', () => {
      this.insistOnStaying();
      this.expected = true;
    });
  }

  hold(): Promise<void> {
    return this.effect('hold', () => undefined);
  }

  loadImage = notHere;
  start = notHere;
  stop = notHere;
  logs = notHere;
  exec = notHere;

  /** Its container was restarted: nothing of the arrival is left, and the service begins afresh. */
  restart(): void {
    this.events = [];
  }

  private get role(): 'source' | 'destination' {
    return this.ticket?.destination.cluster === this.cluster ? 'destination' : 'source';
  }

  private get peerCluster(): string {
    return (this.role === 'source' ? this.ticket?.destination.cluster : this.ticket?.source.cluster) ?? '';
  }

  /** The other end of the ticket, when its container is there. */
  private get peer(): FakeEngine | undefined {
    return this.ticket && this.world.at(this.ticket.destination.cluster, this.outer.id);
  }

  private effect<T>(verb: string, act: () => T): Promise<T> {
    return this.world.effect(`${this.cluster}.${verb}`, () => {
      if (!this.up || this.paused) throw new UnavailableError('engine-silent', 'its container does not run');
      return act();
    });
  }

  private need(...states: JournalState[]): void {
    if (!states.includes(this.state)) throw new MigrationFailedError('wrong-state', `the journal says ${this.state}`);
  }

  private handoff(): void {
    this.freeze();
    this.restore();
    this.commit();
  }

  private freeze(): void {
    if (this.state === 'frozen') return;
    this.need('armedS');
    this.mark('freeze');
    this.journal(this.epoch, 'frozen');
  }

  private 'final-dump'(): void {
    this.need('frozen');
    this.mark('dump');
  }

  private transfer(): void {
    this.need('frozen');
    this.mark('images');
  }

  private restore(): void {
    this.need('frozen');
    if (this.peer?.state !== 'armedD' && this.peer?.state !== 'gated') throw new MigrationFailedError('restore-failed', 'the destination is not armed');
    this.mark('restore');
    this.peer.mark('restore');
    this.peer.journal(this.epoch, 'gated');
  }

  private commit(): void {
    this.need('frozen', 'handedOff');
    this.journal(this.epoch, 'handedOff');
    if (this.peer?.state !== 'gated') throw new MigrationFailedError('in-doubt', 'no answer to the commit');
    this.peer.journal(this.epoch, 'running');
    this.mark('commit', 'handedOff');
    this.journal(this.epoch, this.ticket?.strategy === 'post-copy' ? 'owing' : 'relaying');
  }

  private abort(): void {
    if (this.state === 'handedOff') throw new MigrationFailedError('in-doubt', 'a commit was sent');
    if (['owing', 'relaying', 'retired'].includes(this.state)) throw new MigrationFailedError('committed', 'the destination runs');
    if (this.state === 'armedS' && !this.alive) throw new MigrationFailedError('not-running', 'the application has ended');
    this.journal(this.epoch, 'running');
  }

  private discard(): void {
    if (this.state === 'armedD' || this.state === 'gated') this.journal(this.epoch, 'discarded');
  }

  private finish(): void {
    if (this.state === 'owing') {
      this.mark('pages', 'done');
      this.journal(this.epoch, 'relaying');
    }
    this.need('relaying');
  }

  mark(step: string, state?: string): void {
    this.events = [...this.events, { atMs: Date.now(), step, ...(state && { state }) }];
  }
}
