import { join } from 'node:path';
import type { SyncStats } from '../../domain/engine';
import { MigrationFailedError } from '../../domain/errors';
import type { Engine } from '../engine';
import { allowed } from '../journal/allowed';
import { isThere } from '../read-file';
import { insist } from '../refusal';
import { loadSpec } from '../service/spec-file';
import { liveTicket } from './live-ticket';
import { insistOnDestination } from './peer-readiness';
import type { Shared } from './shared';
import type { HeldTicket } from './tickets';

/** One pass of the files to the peer while the service runs. */
export async function syncFiles(engine: Engine, shared: Shared, migration?: string): Promise<SyncStats> {
  const held = await liveTicket(engine, migration);
  insist(allowed(await engine.journal.read(), 'sync'));
  return shared.run(`${held.ticket.migration}/sync`, async () => {
    await insistOnDestination(engine, held);
    const spec = await loadSpec(engine.layout.spec);
    if (!spec) throw new MigrationFailedError('not-running', 'service.json is missing', { next: 'start the service again' });
    const snapshot = snapshotOf(engine, held);
    return engine.files.push(engine.peer(held.ticket, held.role), spec, snapshot, { bytesPerSecond: held.ticket.bytesPerSecond });
  });
}

/** Written by each pass: tells the driver what the peer has. */
const snapshotOf = (engine: Engine, { ticket }: HeldTicket) => join(engine.layout.handoff(ticket.migration), 'snapshot');

/** Without any pass all files would have to be sent while the service is frozen. */
export async function insistOnSync(engine: Engine, shared: Shared, held: HeldTicket): Promise<void> {
  const synced = await isThere(snapshotOf(engine, held));
  if (!synced) await syncFiles(engine, shared, held.ticket.migration);
}
