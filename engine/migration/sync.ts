import { join } from 'node:path';
import type { SyncStats } from '../../domain/engine';
import { MigrationFailedError } from '../../domain/errors';
import type { Engine } from '../engine';
import { allowed } from '../journal/allowed';
import { insist } from '../refusal';
import { loadSpec } from '../service/spec-file';
import { liveTicket } from './live-ticket';
import { insistOnDestination } from './peer-readiness';
import type { Shared } from './shared';

/** One pass of the files to the peer while the service runs. */
export async function syncFiles(engine: Engine, shared: Shared, migration?: string): Promise<SyncStats> {
  const held = await liveTicket(engine, migration);
  insist(allowed(await engine.journal.read(), 'sync'));
  return shared.run(`${held.ticket.migration}/sync`, async () => {
    await insistOnDestination(engine, held);
    const spec = await loadSpec(engine.layout.spec);
    if (!spec) throw new MigrationFailedError('not-running', 'service.json is missing', { next: 'start the service again' });
    const snapshot = join(engine.layout.handoff(held.ticket.migration), 'snapshot');
    return engine.files.push(engine.peer(held.ticket, held.role), spec, snapshot);
  });
}
