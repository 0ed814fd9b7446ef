/** How large a world a run of the model looks at: every order of events in it is tried. */
export interface World {
  CLUSTERS: 2 | 3;
  /** Tickets that are given, each to any other cluster than the owner: A to B to A, A to B to C. */
  EPOCHS: 1 | 2 | 3;
  POST_COPY: 0 | 1;
  /** How often it may happen, at any instant. */
  DRIVER_DEATHS: number;
  /** Restarted later; memory and connections are gone. */
  CONTAINER_DEATHS: number;
  /** As the death of a container, and journal lines that were not fsynced are gone. */
  REBOOTS: number;
  /** The outer container never comes back. */
  REMOVALS: number;
  /** Are there certificates of death, and people who resolve? */
  PEOPLE: 0 | 1;
}

export interface Configuration {
  name: string;
  world: World;
}

const calmWorld: World = { CLUSTERS: 2, EPOCHS: 1, POST_COPY: 0, DRIVER_DEATHS: 0, CONTAINER_DEATHS: 0, REBOOTS: 0, REMOVALS: 0, PEOPLE: 0 };
const world = (changes: Partial<World>): World => ({ ...calmWorld, ...changes });

/** Each is looked through completely, in seconds or a few minutes. */
export const safety: Configuration[] = [
  { name: 'one stop-and-copy migration, everything dying twice', world: world({ DRIVER_DEATHS: 2, CONTAINER_DEATHS: 2, REBOOTS: 2 }) },
  { name: 'one post-copy migration, everything dying twice', world: world({ POST_COPY: 1, DRIVER_DEATHS: 2, CONTAINER_DEATHS: 2, REBOOTS: 2 }) },
  { name: 'two stop-and-copy migrations between two clusters', world: world({ EPOCHS: 2, DRIVER_DEATHS: 1, CONTAINER_DEATHS: 1 }) },
  { name: 'two post-copy migrations between two clusters, a driver dying', world: world({ EPOCHS: 2, POST_COPY: 1, DRIVER_DEATHS: 1 }) },
  { name: 'two post-copy migrations between two clusters, a container dying', world: world({ EPOCHS: 2, POST_COPY: 1, CONTAINER_DEATHS: 1 }) },
  { name: 'two migrations among three clusters', world: world({ CLUSTERS: 3, EPOCHS: 2 }) },
  { name: 'clusters lost for good, certificates and people, stop-and-copy', world: world({ PEOPLE: 1, DRIVER_DEATHS: 1, CONTAINER_DEATHS: 1, REBOOTS: 1, REMOVALS: 1 }) },
  { name: 'clusters lost for good, certificates and people, post-copy', world: world({ PEOPLE: 1, POST_COPY: 1, DRIVER_DEATHS: 1, CONTAINER_DEATHS: 1, REBOOTS: 1, REMOVALS: 1 }) },
];

export const liveness: Configuration[] = [
  { name: 'one stop-and-copy migration', world: world({ DRIVER_DEATHS: 1, CONTAINER_DEATHS: 1, REBOOTS: 1 }) },
  { name: 'one post-copy migration', world: world({ POST_COPY: 1, DRIVER_DEATHS: 1, CONTAINER_DEATHS: 1, REBOOTS: 1 }) },
  { name: 'two stop-and-copy migrations', world: world({ EPOCHS: 2, CONTAINER_DEATHS: 1 }) },
];

/** Too large to be looked through completely: bitstate hashing sees most of it. */
export const thorough: Configuration[] = [
  { name: 'two migrations among three clusters, a container dying', world: world({ CLUSTERS: 3, EPOCHS: 2, CONTAINER_DEATHS: 1 }) },
  { name: 'two stop-and-copy migrations between two clusters, each kind of death', world: world({ EPOCHS: 2, DRIVER_DEATHS: 1, CONTAINER_DEATHS: 1, REBOOTS: 1 }) },
  { name: 'two post-copy migrations between two clusters, each kind of death', world: world({ EPOCHS: 2, POST_COPY: 1, DRIVER_DEATHS: 1, CONTAINER_DEATHS: 1, REBOOTS: 1 }) },
  { name: 'three post-copy migrations between two clusters', world: world({ EPOCHS: 3, POST_COPY: 1, DRIVER_DEATHS: 1, CONTAINER_DEATHS: 1, REBOOTS: 1 }) },
  { name: 'three stop-and-copy migrations among three clusters', world: world({ CLUSTERS: 3, EPOCHS: 3, DRIVER_DEATHS: 1, CONTAINER_DEATHS: 1, REBOOTS: 1 }) },
  { name: 'three clusters, one lost for good, certificates and people', world: world({ CLUSTERS: 3, EPOCHS: 2, PEOPLE: 1, DRIVER_DEATHS: 1, CONTAINER_DEATHS: 1, REBOOTS: 1, REMOVALS: 2 }) },
];

export interface Mutation {
  does: string;
  world: World;
}

const deaths = { DRIVER_DEATHS: 1, CONTAINER_DEATHS: 1 };

/** What is spoilt in the protocol, by its name in the model. Each must be found: a model that overlooks one of these proves nothing. */
export const mutations = {
  RESUME_ON_TIMEOUT: { does: 'the source resumes when no answer to its commit comes', world: world({}) },
  COMMIT_NOT_RECORDED: { does: 'the source sends a commit that its journal does not tell of', world: world(deaths) },
  EPOCH_IGNORED: { does: 'an answer of an older epoch counts', world: world({ EPOCHS: 2 }) },
  LAST_WORD_COUNTS: { does: 'a later word in the journal undoes the first, of a commit and a discard', world: world(deaths) },
  DRIVER_DOES_NOT_LOOK: { does: 'a driver commits without a look whether its engine discarded before', world: world(deaths) },
  TOLD_BEFORE_DISK: { does: 'a source tells a destination that asks of a record that a reboot takes away', world: world({ REBOOTS: 2 }) },
  PREPARE_WHILE_ASKING: { does: 'a restarted destination takes the service over while its question is under way', world: world(deaths) },
  GATE_BEFORE_RECORD: { does: 'the destination opens its gate before its journal says running', world: world(deaths) },
  ARM_WHILE_OWING: { does: 'a service whose pages are still awaited leaves for the cluster that owes them', world: world({ EPOCHS: 2, POST_COPY: 1 }) },
  LEAVE_WHILE_OWED: { does: 'a service leaves for a third cluster while its pages are still awaited', world: world({ CLUSTERS: 3, EPOCHS: 2, POST_COPY: 1 }) },
  ASK_ONLY_A_DRIVER_THAT_LIVES: { does: 'a service whose driver died counts as having all pages', world: world({ EPOCHS: 2, POST_COPY: 1, ...deaths }) },
  NO_KEEPER: { does: 'nobody but the driver holds the userfaultfds', world: world({ POST_COPY: 1, ...deaths }) },
  COMMIT_AFTER_RESUME: { does: 'what has run on after its dump is committed', world: world({}) },
  PROOF_WHILE_ALIVE: { does: 'a certificate of death is given for a container that lives', world: world({ PEOPLE: 1 }) },
  STALE_DUMP: { does: 'a source that resumes leaves its dump as if it were whole', world: world({ PEOPLE: 1, ...deaths }) },
  KEEP_FORGETS_THE_QUESTION: { does: 'what a source decided alone is done after its restart', world: world({ PEOPLE: 1, CONTAINER_DEATHS: 1 }) },
  PROOF_FOR_A_RESTARTED_DESTINATION: { does: 'a proof of death lets a destination begin afresh whose copy went with a restart', world: world({ PEOPLE: 1, CONTAINER_DEATHS: 2 }) },
  RESOLVE_UNCHECKED: { does: 'people resolve without a look at the other clusters', world: world({ PEOPLE: 1 }) },
} satisfies Record<string, Mutation>;

/** What leaves the service with nobody, for ever. */
export const losses = {
  TOLD_IN_DOUBT: { does: 'a source in doubt tells a destination that lost its record so, and hears the old acknowledgement then', world: world({ REBOOTS: 1 }) },
  DISCARD_WHILE_ASKING: { does: 'a destination that lost its record discards for a source in doubt, which hears the old acknowledgement then', world: world({ CONTAINER_DEATHS: 1, REBOOTS: 1 }) },
} satisfies Record<string, Mutation>;
