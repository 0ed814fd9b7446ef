/** Names that more than one part must spell alike. */
export const workflowQueue = 'carryon';
export const clusterQueue = (cluster: string) => `carryon-cluster-${cluster}`;
/** One migration of a service at a time: the id is the lock (conflict policy FAIL), the ticket is the proof. */
export const migrationWorkflowId = (service: string) => `migrate-${service}`;

export const labels = {
  service: 'io.carryon.service',
  name: 'io.carryon.name',
  cluster: 'io.carryon.cluster',
  /** `outer` on outer containers. */
  role: 'io.carryon.role',
  apiPort: 'io.carryon.api-port',
  handoffPort: 'io.carryon.handoff-port',
  tunnelPort: 'io.carryon.tunnel-port',
} as const;

export const coordinatorIdentity = (cluster: string) => `carryon://${cluster}/coordinator`;
export const serviceIdentity = (cluster: string, service: string) => `carryon://${cluster}/service/${service}`;

/** Volume of the service in its outer container: what a coordinator may read there after that has died. */
const stateDirectory = '/var/lib/carryon';
export const journalOnDisk = `${stateDirectory}/journal.ndjson`;
export const dumpManifestOnDisk = (epoch: number) => `${stateDirectory}/dump/${epoch}/manifest.txt`;

/** In the container's own layer: this outer container was made for an arrival. */
export const arrivesMark = { directory: '/opt/carryon', name: 'arrives' } as const;

export const runtimeImage = 'carryon-runtime:latest';
export const serviceVolume = (service: string) => `carryon-${service}`;
export const imagesVolume = 'carryon-images';
export const enginePort = 7443;
export const handoffPort = 7444;
export const tunnelPort = 51820;
export const defaultNestedAddress = '10.99.0.2';

/** Waits for the end of a relay and removes its outer container; one per service and epoch. */
export const retireWorkflowId = (service: string, epoch: number) => `retire-${service}-${epoch}`;

/** The one queue in which migrations wait for the slots of their clusters. */
export const migrationQueueId = 'carryon-migration-queue';

/** People decide about a service one after the other. */
export const resolveWorkflowId = (service: string) => `resolve-${service}`;

/** Search attributes of a migration in Temporal, all of type Keyword. */
export const searchAttributeNames = ['CarryonService', 'CarryonSource', 'CarryonDestination', 'CarryonPhase', 'CarryonStrategy'] as const;
export type SearchAttributeName = (typeof searchAttributeNames)[number];

/** Workflows and their messages, as they are called in Temporal. */
export const workflowTypes = { migrate: 'migrateService', plan: 'planMigration', resolve: 'resolveService', retire: 'retireSource' } as const;
export const messageNames = {
  abort: 'abort',
  lost: 'lost',
  progress: 'progress',
  report: 'report',
  slot: 'slot',
  enterQueue: 'enterQueue',
  leaveQueue: 'leaveQueue',
  queue: 'queue',
} as const;
