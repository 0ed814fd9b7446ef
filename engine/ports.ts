import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ExecRequest, SyncStats } from '../domain/engine';
import type { Ticket } from '../domain/migration';
import type { ServiceSpec } from '../domain/service';

/** What the engine needs of the parts beside it. Adapters are wired in main.ts; tests use fakes. */

/** Offsets of a sandbox's time namespace against the host's clocks, nanoseconds. */
export interface ClockOffset {
  monotonicNs: bigint;
  boottimeNs: bigint;
}

export interface Sandbox {
  /** PID 1 of the sandbox, as seen in the outer container. */
  pid: number;
  /** Directory of the application's own freezer cgroup. */
  freezer: string;
  /** cgroup.procs files that restored tasks are moved to. */
  appCgroups: string[];
}

export interface SandboxProcess {
  pid: number;
  innerPid: number;
  /** Descends from the application's root; false for an exec session. */
  inTree: boolean;
  comm: string;
}

export interface SandboxPort {
  /** Makes namespaces, mounts and cgroups, with PID 1 waiting: to start the application, or to adopt a restored one. */
  make(request: { mode: 'start' | 'adopt'; spec: ServiceSpec; netns: string; clock?: ClockOffset }): Promise<Sandbox>;
  startApplication(sandbox: Sandbox): Promise<void>;
  /** Ends what an engine that died within `startApplication` began; false when PID 1 still waits, and no application was born. */
  concludeStart(sandbox: Sandbox): Promise<boolean>;
  /** The sandbox that stands now, its PID 1 alive; found again after a restart of the engine. Only looks: it is asked at any time, during a start as well. */
  find(): Promise<Sandbox | undefined>;
  /** Kills what is in it, unmounts; harmless when there is none. */
  destroy(): Promise<void>;
  processes(sandbox: Sandbox): Promise<SandboxProcess[]>;
  /** Command line that runs a program in the sandbox, with the application's user, environment and directory unless told otherwise. */
  execCommand(sandbox: Sandbox, request: ExecRequest): Promise<{ file: string; args: string[]; dispose: () => Promise<void> }>;
}

export type Role = 'source' | 'destination';

export interface NetworkPort {
  /** Nested namespace with its published ports; returns its path. */
  setUpNested(spec: ServiceSpec): Promise<string>;
  /** Starts the tunnel's device if need be; its public key. */
  tunnelKey(): Promise<string>;
  addPeer(ticket: Ticket, role: Role): Promise<void>;
  /** Takes the peer of this ticket away, unless another live connection leads there. */
  removePeer(ticket: Ticket, role: Role): Promise<void>;
  /** Nothing enters or leaves the nested namespace until the driver opens. */
  fence(): Promise<void>;
  /** Undoes `fence` by hand, for a destination that goes back to relaying. */
  unfence(): Promise<void>;
  /** Brings routes of a relay up again after the kernel state is gone. */
  relay(spec: ServiceSpec, ticket: Ticket): Promise<void>;
  /** The driver's keys about devices and routes. */
  driverKeys(ticket: Ticket, role: Role, spec: ServiceSpec): Promise<Record<string, string>>;
  relayedConnections(): Promise<number>;
  tearDownAll(): Promise<void>;
}

/** A peer engine, authenticated by the ticket's CA. Failures: UnavailableError, or the peer's own error by its code. */
export interface Peer {
  get(path: string): Promise<unknown>;
  /** @param withinMs For a call that is not answered at once. */
  post(path: string, body: unknown, withinMs?: number): Promise<unknown>;
  stream(path: string): Promise<NodeJS.ReadableStream>;
  upgrade(path: string, protocol: string): Promise<Duplex>;
}

export interface ImagesPort {
  /** From a docker-save stream; digest of the image's configuration. */
  load(ref: string, tar: NodeJS.ReadableStream): Promise<{ imageDigest: string }>;
  /** Makes an image of a directory; digest of its configuration, which is all that the image says about its process. */
  keepRoot(root: string, config: object): Promise<{ imageDigest: string }>;
  has(digest: string): Promise<boolean>;
  bytes(digest: string): Promise<number>;
  /** Brings an image over from a peer, verified, and unpacks it. */
  fetch(peer: Peer, digest: string): Promise<void>;
  /** Answers a peer's request below /v1/peer/image for this digest only. */
  serve(digest: string, path: string): Promise<{ type: string; body: NodeJS.ReadableStream | string } | undefined>;
}

export interface FilesPort {
  /** One pass of the service's files to the peer, at no more than so many bytes per second; writes the snapshot that the driver compares with in the freeze. */
  push(peer: Peer, spec: ServiceSpec, snapshot: string, limit?: { bytesPerSecond?: number }): Promise<SyncStats>;
  /** Destination's end of a pass; resolves when the connection is over. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, spec: ServiceSpec): Promise<void>;
}

/** PID 1 of the outer container. */
export interface InitPort {
  main(pid: number): Promise<void>;
  /** The main process stays the main process, but signals of the ambassador and its end do not concern it, until one is given again. */
  hold(): Promise<void>;
  none(): Promise<void>;
  drain(): Promise<number>;
  reopen(): Promise<void>;
  /** Exit code of the main process, once it has ended. */
  wait(): Promise<number>;
  /** One has come, and its greeting can be read. */
  hasAmbassador(): Promise<boolean>;
}
