import { setTimeout as pause } from 'node:timers/promises';
import type { MigrationEnd, Migrations } from '../../clients/temporal';
import type { App } from '../app';
import { progressDisplay } from '../output/progress';

const pollMs = 400;

/** Shows how a migration goes until it has ended. The migration does not depend on being watched. */
export async function watchMigration(app: App, migrations: Migrations, id: string): Promise<MigrationEnd> {
  const display = progressDisplay(app);
  const over = new AbortController();
  const watching = poll(migrations, id, display.show.bind(display), over.signal);
  try {
    return await migrations.end(id);
  } finally {
    over.abort();
    await watching;
    display.end();
  }
}

async function poll(migrations: Migrations, id: string, show: (progress: NonNullable<Awaited<ReturnType<Migrations['status']>>['progress']>) => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // A worker that restarts cannot be asked for a while; the next look tells more.
    const status = await migrations.status(id).catch(() => undefined);
    if (status?.progress && !signal.aborted) show(status.progress);
    await pause(pollMs, undefined, { signal }).catch(() => undefined);
  }
}
