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
  /** Name of the host that the application sees; made from the id when absent. */
  hostname?: string;
  /** What the orchestrator's own mounts are to the application: they stay, and another cluster has its own in their place or none. */
  localVolumes?: VolumeMount[];
  /** As an orchestrator confined the process; as Docker does it by default when absent. */
  confinement?: Confinement;
}

export interface Confinement {
  additionalGids: number[];
  /** Bounding set (`CAP_KILL`); what root has. */
  capabilities: string[];
  noNewPrivileges: boolean;
  readOnlyRoot: boolean;
  umask?: number;
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
  readOnly?: boolean;
  /** It is mounted as it is; otherwise a new one begins with what the image has at its place. */
  bare?: boolean;
}

export type RestartPolicy = 'no' | 'on-failure' | 'always' | 'unless-stopped';

/** The part of a specification that an orchestrator needs for the outer container. Free of secrets: it may enter Temporal. */
export type OuterSpec = Pick<ServiceSpec, 'id' | 'name' | 'image' | 'imageDigest' | 'ports' | 'volumes' | 'localVolumes' | 'memoryBytes' | 'cpus' | 'restart'> & {
  /** Signal by which the orchestrator asks the application to end (`SIGQUIT`); SIGTERM when absent. */
  stopSignal?: string;
};

/** Journal states; the same names as in the protocol's model. */
export const journalStates = [
  'absent', 'running', 'armedS', 'frozen', 'handedOff', 'owing', 'relaying', 'retired', 'armedD', 'gated', 'waiting', 'discarded',
] as const;
export type JournalState = (typeof journalStates)[number];
