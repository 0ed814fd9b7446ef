import { join } from 'node:path';
import type { Ticket } from '../../domain/migration';
import { handoffPort, serviceIdentity } from '../../domain/names';
import type { ServiceSpec } from '../../domain/service';
import type { Layout } from '../paths';
import type { Sandbox } from '../ports';
import { otherSide, type HeldTicket } from './tickets';

/** `dump` when the application has System V objects: CRIU must take its IPC namespace along. The same on both sides. */
export type IpcMode = 'join' | 'dump';

export interface DriverSetting {
  held: HeldTicket;
  spec: ServiceSpec;
  sandbox: Sandbox;
  layout: Layout;
  /** Devices, routes and addresses, as the network part names them. */
  network: Record<string, string>;
  ipc: IpcMode;
}

/** Of the sandbox: no volume and no layer holds their files. */
const memoryDirectories = ['/dev/shm'];

/** What both sides' native driver reads; names as in docs/INTERFACES.md. */
export function driverConfig(setting: DriverSetting): Record<string, string> {
  const { held, layout, sandbox, spec } = setting;
  const { ticket, role } = held;
  const dir = layout.handoff(ticket.migration);
  const peer = otherSide(held);
  const both = {
    migration: ticket.migration,
    service: ticket.service,
    epoch: String(ticket.epoch),
    strategy: ticket.strategy,
    journal: layout.journal,
    dir,
    cert: join(layout.tls, 'cert.pem'),
    key: join(layout.tls, 'key.pem'),
    peerca: join(dir, 'peer-ca.pem'),
    peername: serviceIdentity(peer.cluster, ticket.service),
    sandboxpid: String(sandbox.pid),
    freezer: sandbox.freezer,
    appcgroups: sandbox.appCgroups.join(','),
    upper: layout.upper,
    volumes: spec.volumes.map((volume) => layout.volume(volume.name)).join(','),
    applog: layout.appLog,
    dumpdir: layout.dump(ticket.epoch),
    ipc: setting.ipc,
    tmpfs: memoryDirectories.join(','),
    ...(ticket.bytesPerSecond !== undefined && { bandwidth: String(ticket.bytesPerSecond) }),
    ...setting.network,
  };
  return role === 'source'
    ? { ...both, peer: `${peer.reach.host}:${peer.reach.handoffPort}`, snapshot: join(dir, 'snapshot'), ...frozenAtMost(ticket) }
    : { ...both, listen: `0.0.0.0:${handoffPort}`, deadline: String(ticket.discardAfterMs), lastpid: '1' };
}

/** Between the steps of stop-and-copy a coordinator may stay away: then the service goes on at the source. */
const frozenAtMost = ({ strategy, discardAfterMs }: Ticket): Record<string, string> => (strategy === 'stop-and-copy' ? { deadline: String(discardAfterMs) } : {});

/** A line break in a value would let it set another key. */
export function formatConfig(config: Record<string, string>): string {
  for (const [key, value] of Object.entries(config)) {
    if (/[\n\0]/.test(value)) throw new Error(`the driver's setting "${key}" holds a line break`);
  }
  return Object.entries(config).map(([key, value]) => `${key}=${value}\n`).join('');
}
