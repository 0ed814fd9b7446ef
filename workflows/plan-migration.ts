import type { MigrationPlan, MigrationRequest } from '../domain/migration';
import { parseRequest } from '../domain/request';
import { refusedBy } from './failures';
import { makePlan } from './plan';

/** What a migration would do, and why it would be refused. Starts nothing. */
export async function planMigration(request: MigrationRequest): Promise<MigrationPlan> {
  try {
    return (await makePlan(parseRequest(request))).plan;
  } catch (error) {
    throw refusedBy(error);
  }
}
