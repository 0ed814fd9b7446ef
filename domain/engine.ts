import type { ExecSessions, HostFacts, ServiceFacts, Strategy, Ticket } from './migration';
import type { Holder, HoldingCommand } from './holder';
import type { JournalState, ServiceSpec } from './service';

export interface EngineStatus {
  service?: { id: string; name: string };
  cluster: string;
  state: JournalState;
  epoch: number;
  /** Application is up (or frozen); false when there is none here. */
  running: boolean;
  memoryBytes: number;
  /** TCP connections relayed to a peer. */
  relayedConnections: number;
  /** The relay's container was restarted: connections on which nothing was sent since are carried, and not counted. */
  relayForgot?: boolean;
  tunnelKey: string;
  /** Epoch in which the service left from here, as long as its old connections are carried; older than `epoch` when later arrivals came to nothing. */
  relaysFor?: number;
  /** Epoch in which the application was last started here from its image. Absent when it never was since the container started: it came by a migration, or from its own dump. */
  startedIn?: number;
  /** It has been decided that this outer container goes: it takes no ticket any more. */
  leaving?: boolean;
  /** Its container was restarted in the middle of this epoch's migration: it waits for its peer's word, and nothing of the service runs or is frozen here. */
  asks?: boolean;
  /** It waits for pages that nobody fetches any more, and does not go on by itself. */
  stranded?: boolean;
  /** It has the service's final dump, and could not restore it. It tries again; people may let the service begin afresh. */
  dumpUnusable?: boolean;
  migration?: { id: string; role: 'source' | 'destination'; peer: string };
  /** Who has the say about the service here; nobody when absent. */
  holder?: Holder;
  host: HostFacts;
}

export interface PrepareRequest {
  ticket: Ticket;
  role: 'source' | 'destination';
}

export interface SyncStats {
  bytes: number;
  files: number;
  durationMs: number;
}

export type DriverVerb = 'handoff' | 'freeze' | 'final-dump' | 'transfer' | 'restore' | 'commit' | 'abort' | 'discard' | 'finish';

/** One line of the driver's events. */
export interface DriverEvent {
  /** ns since the epoch, as a decimal string would exceed 2^53: kept as number of ms with fraction. */
  atMs: number;
  step: string;
  state?: string;
  ms?: number;
  /** Of a step that is not part of the critical section: how long it took. */
  tookMs?: number;
  bytes?: number;
  outcome?: 'committed' | 'aborted' | 'discarded' | 'in-doubt' | 'waiting';
  downtimeMs?: number;
}

export interface MigrationState {
  migration: string;
  epoch: number;
  role: 'source' | 'destination';
  /** Cluster at the other side. */
  peer?: string;
  state: JournalState;
  strategy: Strategy;
  events: DriverEvent[];
  bytesSent: number;
}

/** What became of a service that people, or a policy, have left at this side. */
export type Kept =
  /** From the instant of the freeze; nothing had run since. */
  | 'resumed'
  /** From the instant of the freeze, though it had run at the destination since: that is lost, and its connections end. */
  | 'taken-back'
  /** From its files; its memory is lost. */
  | 'afresh'
  /** The destination's complete copy runs: the source is dead. */
  | 'committed'
  /** It ran here anyway. */
  | 'already';

export interface KeepRequest {
  migration: string;
  epoch: number;
  /** What the journal said when it was decided: refused (`changed`) when it says something else by now. */
  seen: JournalState;
  /** Whether it waited for its peer's word then, as in the status: the same state means another act before and after a restart. Checked like `seen`. */
  asks: boolean;
  /** Begin afresh if the final dump of the service can still not be restored: whoever decides knows that it could not be before. */
  afresh?: boolean;
}

export interface StepResult {
  state: JournalState;
  downtimeMs?: number;
  bytes?: number;
  events: DriverEvent[];
}

export interface ExecRequest {
  command: string[];
  env?: Record<string, string>;
  user?: string;
  workdir?: string;
}

/**
 * Port: the engine of one outer container, as a coordinator uses it. Adapter: clients/engine.ts.
 * Every call may throw UnavailableError (engine not reachable: try again) or the error that the engine answered, by its code.
 */
export interface EngineClient {
  status(): Promise<EngineStatus>;
  inspect(): Promise<ServiceFacts>;
  /** Loads an image from a docker-save stream; returns the digest of its configuration. */
  loadImage(ref: string, tar: NodeJS.ReadableStream): Promise<{ imageDigest: string }>;
  start(spec: ServiceSpec): Promise<void>;
  stop(timeoutMs: number): Promise<{ exitCode: number }>;
  /**
   * A user's command is about to change the service: for so long (0: no more) no ticket is taken and no other command is. Refused
   * (`already-migrating`, `held`) while a migration or another command holds it; `force` lifts that for `rm` only, and only after the commit.
   */
  hold(command: HoldingCommand, forMs: number, options?: { force?: boolean }): Promise<void>;
  logs(options: { follow: boolean; tail?: number }): Promise<NodeJS.ReadableStream>;
  exec(request: ExecRequest, streams: { stdin?: NodeJS.ReadableStream; stdout: NodeJS.WritableStream; stderr: NodeJS.WritableStream }): Promise<{ exitCode: number }>;
  prepare(request: PrepareRequest): Promise<void>;
  sync(): Promise<SyncStats>;
  /**
   * Runs one verb of the driver; resolves when it is done. Idempotent per epoch: a repeated call gives the first call's answer.
   * With `migration` the engine refuses (code `other-migration`) when it is engaged in another one.
   */
  step(verb: DriverVerb, migration?: string): Promise<StepResult>;
  /**
   * Tells a source that is in doubt what the destination's journal says, learnt through the coordinators: the second path beside engine to engine.
   * Absent in an adapter that has no such path; then the engines resolve the doubt among themselves.
   */
  answer?(migration: string, state: 'running' | 'discarded'): Promise<StepResult>;
  migration(): Promise<MigrationState | undefined>;
  /**
   * The service stays at this side: whoever calls has made sure that no other copy runs or ever will. Repeatable; a repeated call gives the first
   * call's answer. Refused where there is nothing to keep.
   */
  keep(request: KeepRequest): Promise<{ kept: Kept }>;
  /**
   * Decides that this outer container goes: its relay ends and it takes no ticket any more, so that it may be removed. Repeatable. With
   * `owesNothing` also when its journal says that it owes pages. Refused (`not-relaying`) when it is, or is becoming, anything else;
   * UnavailableError (`expected`) while a migration has asked it to stay.
   */
  endRelay(epoch: number, options?: { owesNothing?: boolean }): Promise<void>;
  /**
   * The pages that are frozen here are needed by nobody: whoever calls has seen that at the destination. They are destroyed, and the journal says
   * `relaying`. Repeatable; harmless where nothing is owed.
   */
  forgetDebt(epoch: number): Promise<void>;
  /** A migration is about to come here: for so long this outer container is not retired. Refused (`retired`) when that is decided already. */
  stay(forMs: number): Promise<void>;
}

export type { ExecSessions };
