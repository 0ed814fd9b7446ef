/** What a user asked to run. Kept by the engine that owns the service; its env never enters Temporal. */
export interface ServiceSpec {
  /** UUID; the identity of the service in every cluster. */
  id: string;
  /** Name the user gave; a label only. */
  name: string;
  /** Image reference as the user wrote it. */
  image: string;
  /** Digest of the image's configuration (`sha256:…`), fixed when the image was loaded. */
  imageDigest?: string;
  entrypoint?: string[];
  command?: string[];
  env: Record<string, string>;
  ports: PortMapping[];
  volumes: VolumeMount[];
  /** Limit of the nested container, bytes. */
  memoryBytes?: number;
  cpus?: number;
  restart: RestartPolicy;
  workdir?: string;
  user?: string;
  /** Private address of the nested container, the same in every cluster. */
  address: string;
}

export interface PortMapping {
  host: number;
  container: number;
  protocol: 'tcp' | 'udp';
}

export interface VolumeMount {
  /** Name of the orchestrator's volume. */
  name: string;
  /** Absolute path in the nested container. */
  path: string;
}

export type RestartPolicy = 'no' | 'on-failure' | 'always' | 'unless-stopped';

/** The part of a specification that an orchestrator needs for the outer container. Free of secrets: it may enter Temporal. */
export type OuterSpec = Pick<ServiceSpec, 'id' | 'name' | 'image' | 'imageDigest' | 'ports' | 'volumes' | 'memoryBytes' | 'cpus' | 'restart'> & {
  /** Signal by which the orchestrator asks the application to end (`SIGQUIT`); SIGTERM when absent. */
  stopSignal?: string;
};

/** Journal states; the same names as in the protocol's model. */
export const journalStates = [
  'absent', 'running', 'armedS', 'frozen', 'handedOff', 'owing', 'relaying', 'retired', 'armedD', 'gated', 'waiting', 'discarded',
] as const;
export type JournalState = (typeof journalStates)[number];
