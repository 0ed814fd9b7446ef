import type { MigrationEnd, Migrations } from '../../clients/temporal';
import { watchMigration } from '../../clients/temporal/watch-migration';
import type { App } from '../app';
import { progressDisplay } from '../output/progress';

/** Shows on the terminal how a migration goes, until it has ended. */
export async function showMigration(app: App, migrations: Migrations, id: string): Promise<MigrationEnd> {
  const display = progressDisplay(app);
  try {
    return await watchMigration(migrations, id, ({ progress }) => progress && display.show(progress));
  } finally {
    display.end();
  }
}
