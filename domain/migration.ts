import type { Phase } from './phases';
import type { ClusterPolicy } from './policy';
import type { Safety } from './safety';
import type { Arrival, Deployed } from './deployed';
import type { OuterSpec } from './service';
import type { Window } from './window';

export type Strategy = 'stop-and-copy' | 'post-copy';
export type ExecSessions = 'refuse' | 'end';
/**
 * When the destination is gone for good while pages are owed to it: does the source stay frozen until a human decides, or go on from the
 * freeze, without what happened at the destination since?
 */
export type OnLoss = 'keep-frozen' | 'resume-frozen';

/** Input of the workflow `migrateService`. */
export interface MigrationRequest {
  /** Name or UUID of the service. */
  service: string;
  /** Id of the destination cluster. */
  to: string;
  /** Id of the source cluster; found by asking all clusters when absent. */
  from?: string;
  strategy?: Strategy | 'auto';
  /** Asked downtime, ms. */
  maxDowntimeMs?: number;
  /** How long the source goes on relaying old connections, ms. Default 600 000. */
  relayForMs?: number;
  execSessions?: ExecSessions;
  /** A cluster's own `strict` counts whatever is asked here. Default `normal`. */
  safety?: Safety;
  /** 0 to 100, where migrations wait for each other: the higher goes first. Default 50. */
  priority?: number;
  /** Default `keep-frozen`. */
  onLoss?: OnLoss;
}

/** Where an engine can be reached from another cluster. */
export interface Reach {
  host: string;
  /** TCP, engine API. */
  apiPort: number;
  /** TCP, native driver. */
  handoffPort: number;
  /** UDP, tunnel. */
  tunnelPort: number;
}

/** Armed and journaled by both engines before the freeze. No secrets in it. */
export interface Ticket {
  migration: string;
  service: string;
  epoch: number;
  strategy: Strategy;
  source: TicketPeer;
  destination: TicketPeer;
  /** How long a gated destination waits for the commit before it discards, ms on its own clock. */
  discardAfterMs: number;
  relayForMs: number;
  execSessions: ExecSessions;
  /** Of what is sent before the freeze; no limit when absent. */
  bytesPerSecond?: number;
}

export interface TicketPeer {
  cluster: string;
  reach: Reach;
  /** PEM of the cluster's CA. */
  ca: string;
  /** WireGuard public key of the engine, base64. */
  tunnelKey: string;
}

/** Facts about a service at the source, as its engine sees them. Sizes in bytes. */
export interface ServiceFacts {
  spec: OuterSpec;
  epoch: number;
  processes: { pid: number; comm: string; memoryBytes: number }[];
  memoryBytes: number;
  /** Bytes in the upper layer and the volumes. */
  fileBytes: number;
  imageBytes: number;
  /** Processes of the sandbox outside the application's tree. */
  execSessions: { pid: number; comm: string }[];
  tcpConnections: number;
  sysvIpc: boolean;
  host: HostFacts;
  /** Told by the coordinator; absent from one that is older than policies. */
  policy?: ClusterPolicy;
  /** Where its user made it with what the orchestrator has for that. */
  deployed?: Deployed;
}

export interface HostFacts {
  architecture: string;
  kernel: string;
  cpuFlags: string[];
  criuVersion: string;
  /** Names of what CRIU can do here: `uffd`, `tcp-established`, … */
  criuFeatures: string[];
  freeMemoryBytes: number;
  freeDiskBytes: number;
}

/** Facts about the destination, as its coordinator sees them. */
export interface DestinationFacts {
  cluster: string;
  host: HostFacts;
  portsInUse: { port: number; protocol: 'tcp' | 'udp' }[];
  /** Journal state of an outer container that is already there for this service, with its epoch and the orchestrator's id of it. */
  existing?: { state: string; epoch: number; container?: string };
  imagePresent: boolean;
  policy?: ClusterPolicy;
  /** How what users deploy elsewhere arrives here; absent where they deploy nothing that moves by itself. */
  arrival?: Arrival;
}

export interface MigrationPlan {
  service: OuterSpec;
  from: string;
  to: string;
  strategy: Strategy;
  /** Why this strategy, one sentence each. */
  reasons: string[];
  /** What a death of either side would cost, and when. */
  risks: string[];
  /** Why it cannot be done; empty when it can. Each says what to do. */
  refusals: Refusal[];
  /** This migration's share of the clusters' bandwidth; no limit when absent. */
  bytesPerSecond?: number;
  predicted: {
    migrationMs: number;
    downtimeMs: number;
    bytes: number;
    /** Post-copy's window: for how long after the commit memory lies at the source. 0 for other strategies. */
    exposureMs: number;
    /** Memory that is owed at its beginning, bytes. */
    exposedBytes: number;
  };
}

export interface Refusal {
  code: string;
  message: string;
}

export type Outcome =
  | 'committed'
  | 'rolled-back'
  | 'refused'
  /** Committed, but the destination was lost while pages were owed to it: the service has gone on at the source from the freeze. */
  | 'resumed'
  | 'needs-human';

export interface MigrationReport {
  migration: string;
  service: string;
  name: string;
  from: string;
  to: string;
  strategy: Strategy;
  outcome: Outcome;
  migrationMs: number;
  /** From freeze to the destination's acknowledged commit, ms: an upper bound of the downtime. */
  downtimeMs: number;
  bytesSent: number;
  /** Post-copy that has all its pages. */
  window?: Window;
  steps: Step[];
  /** What did not go as asked and changes nothing of the outcome. */
  warnings?: Warning[];
  /** Why it was rolled back, or what a human has to know. */
  reason?: string;
  /** Rolled back: absent when the service simply runs on at the source. */
  sourceNow?: SourceNow;
}

/** `anew`: its outer container was restarted meanwhile, so it began from its image and its files. `gone`: its outer container was removed. */
export type SourceNow = 'stopped' | 'anew' | 'gone';

export interface Warning {
  code: string;
  message: string;
}

export interface Step {
  phase: Phase;
  name: string;
  startedMs: number;
  durationMs: number;
  bytes?: number;
}

export interface Progress {
  phase: Phase;
  message: string;
  bytes: number;
  totalBytes: number;
  remainingMs?: number;
  /** Waits for a slot: how many are before it, and where. */
  queued?: { behind: number; cluster: string };
}

/** Answer to an abort that came in time. */
export interface AbortResult {
  outcome: 'rolled-back';
  message: string;
}

/** Types of the failures that a migration may end with in Temporal. */
export const failureTypes = { refused: 'Refused', rolledBack: 'RolledBack', resumed: 'Resumed', rollbackFailed: 'RollbackFailed', needsHuman: 'NeedsHuman' } as const;
export type FailureKind = keyof typeof failureTypes;

/** `details[0]` of each of them. */
export interface MigrationFailureDetails {
  refusals?: Refusal[];
  report?: MigrationReport;
  /** Code of the error behind it. */
  code?: string;
  next?: string;
}
