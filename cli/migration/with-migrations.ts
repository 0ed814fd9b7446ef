import type { Migrations } from '../../clients/temporal';
import type { App } from '../app';

/** Connects to Temporal for one command. Loaded only when needed: most commands do without. */
export async function withMigrations<T>(app: App, act: (migrations: Migrations) => Promise<T>): Promise<T> {
  const { connectTemporal } = await import('../../clients/temporal');
  const migrations = await connectTemporal(app.config.temporal);
  try {
    return await act(migrations);
  } finally {
    await migrations.close();
  }
}
