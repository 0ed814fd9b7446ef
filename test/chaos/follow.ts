import { setTimeout as pause } from 'node:timers/promises';
import type { MigrationEnd } from '../../clients/temporal';
import type { ChaosSystem } from './system/chaos-system';

/** Temporal may be away meanwhile. */
export async function follow(system: ChaosSystem, id: string): Promise<MigrationEnd> {
  for (;;) {
    try {
      return await system.migrations.end(id);
    } catch (error) {
      if (String(error).includes('terminated')) return { outcome: 'needs-human', message: 'given up by the test' };
      await pause(200);
    }
  }
}
