import type { DeployedPort } from './deployed';
import type { EngineClient } from './engine';
import type { HostFacts, Reach } from './migration';
import type { OuterSpec } from './service';

export interface OuterContainer {
  /** The orchestrator's own id. */
  id: string;
  service: { id: string; name: string };
  /** Processes are in it, or about to be: also when it is paused. */
  running: boolean;
  /** It will never run again, and its journal goes with it: what is still there is the orchestrator's record. */
  over?: true;
  exitCode?: number;
  createdAt: string;
  reach: Reach;
  spec: OuterSpec;
}

export interface DeployOptions {
  /**
   * The service runs elsewhere and is to arrive: one that has to be made anew must not revive what the volume of an earlier one here may remember.
   * That one was removed, and the service has gone on without it.
   */
  arrives?: boolean;
  /** What to do with a user's volume that exists and was not made for this service. Default `refuse`. */
  existingVolumes?: 'use' | 'refuse';
  /** Of a service that arrives: what its user has deployed at the source, as its orchestrator's `deployed.seal` gave it. It is made here as well, if nothing of this service is here. */
  deployed?: string;
}

export interface RemoveOptions {
  volumes: boolean;
  container?: string;
  /** What came along with it from another cluster and has not arrived, as well. */
  brought?: boolean;
}

/**
 * Port: one autonomous orchestrator. Adapters: clients/orchestrators/<technology>.ts. Called by coordinators and by the CLI's local commands.
 * Failures: UnavailableError when the orchestrator does not answer, RefusedError when it says no (with its words).
 */
export interface Orchestrator {
  readonly cluster: string;
  /** Only where users deploy what moves by themselves. */
  readonly deployed?: DeployedPort;
  /** Makes (or finds, by service id) the outer container, started, with its certificate; resolves when its engine answers. */
  deploy(outer: OuterSpec, options?: DeployOptions): Promise<OuterContainer>;
  /** By UUID or name. */
  find(service: string): Promise<OuterContainer | undefined>;
  list(): Promise<OuterContainer[]>;
  /** The service is about to leave: what would start it here once more, beside its outer container, does so no more. Before the source is armed, in the epoch of its ticket. */
  leaving(serviceId: string, epoch: number): Promise<void>;
  /** In this epoch it is here and stays: undoes `leaving` of this epoch and of earlier ones. Nothing to undo, or about to leave in a later one: nothing to do. */
  here(serviceId: string, epoch: number): Promise<void>;
  stop(serviceId: string, timeoutMs: number): Promise<void>;
  /** With `container` (the orchestrator's own id) only that one, and its volumes only when no other container of the service is there: what was made since it was looked at stays. */
  remove(serviceId: string, options: RemoveOptions): Promise<void>;
  engine(container: OuterContainer): EngineClient;
  /** Nothing of what ran in it is left, looked up by the orchestrator's own id: neither does it run nor is it paused. False also when there is no such container. */
  isDead(container: Pick<OuterContainer, 'id'>): Promise<boolean>;
  /** A file of an outer container that does not run, by its path in there, volumes included; undefined when it is not there. */
  fileOf(container: OuterContainer, path: string): Promise<string | undefined>;
  /** Stream of `docker save`, for an image that the cluster has; undefined when it has not. */
  exportImage(ref: string): Promise<{ digest: string; tar: NodeJS.ReadableStream } | undefined>;
  /** PEM of the cluster's CA. */
  certificateAuthority(): Promise<string>;
  portsInUse(): Promise<{ port: number; protocol: 'tcp' | 'udp'; by: string }[]>;
  host(): Promise<HostFacts>;
  /** Signs what is due; called by the coordinator at intervals. */
  renewCertificates(): Promise<number>;
  /** Where outer containers are kept from eviction while their services move: those that have settled are kept no more. Called by the coordinator at intervals. */
  releaseSettled?(): Promise<void>;
}
