import { setTimeout as pause } from 'node:timers/promises';
import type { Migrations } from '../temporal';
import type { MigrationEnd } from './await-migration';
import type { MigrationId } from './find-migration';
import type { MigrationStatus } from './migration-status';

const pollMs = 400;
/** Of one that waits in the queue: many may, and one worker answers for all of them. */
const queuedPollMs = 2_000;

/** Shows how a migration goes until it has ended. The migration does not depend on being watched. */
export async function watchMigration(migrations: Pick<Migrations, 'end' | 'status'>, id: MigrationId, show: (status: MigrationStatus) => void): Promise<MigrationEnd> {
  const over = new AbortController();
  // Not waited for: an answer that is under way when it ends may take long, and shows nothing any more.
  void poll(migrations, id, show, over.signal);
  try {
    return await migrations.end(id);
  } finally {
    over.abort();
  }
}

async function poll(migrations: Pick<Migrations, 'status'>, id: MigrationId, show: (status: MigrationStatus) => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // A worker that restarts cannot be asked for a while; the next look tells more.
    const status = await migrations.status(id).catch(() => undefined);
    if (status && !signal.aborted) show(status);
    await pause(status?.progress?.phase === 'queue' ? queuedPollMs : pollMs, undefined, { signal }).catch(() => undefined);
  }
}
