import type { Logger } from 'pino';
import type { Journal } from './journal/file';
import type { Probes } from './exec/probes';
import type { Drivers } from './migration/drivers';
import type { Tickets } from './migration/tickets';
import type { Layout } from './paths';
import type { FilesPort, ImagesPort, InitPort, NetworkPort, Peer, Role, SandboxPort } from './ports';
import type { Ticket } from '../domain/migration';
import type { VolumeMount } from '../domain/service';
import type { Turn } from './turn';

/** What every verb of the engine is given. No state of its own: that is in the journal, the tickets and the kernel. */
export interface Engine {
  cluster: string;
  service: string;
  layout: Layout;
  journal: Journal;
  tickets: Tickets;
  drivers: Drivers;
  probes: Probes;
  sandbox: SandboxPort;
  network: NetworkPort;
  images: ImagesPort;
  files: FilesPort;
  init: InitPort;
  peer(ticket: Ticket, role: Role): Peer;
  /** What the orchestrator mounts here of its own, by path: its names for it are others than another cluster's. */
  localVolumes: VolumeMount[];
  /** Told when a ticket came: trust changes with it. */
  trustChanged(): Promise<void>;
  /** Verbs that change something take their turn; questions do not wait. */
  turn: Turn;
  log: Logger;
}
