import type { MigrationPlan, MigrationRequest } from '../domain/migration';
import { parseRequest } from '../domain/request';
import { refusedBy } from './failures';
import { makePlan } from './plan';

/** What a migration would do, and why it would be refused. Starts nothing. */
export async function planMigration(request: MigrationRequest): Promise<MigrationPlan> {
  return (await makePlan(check(request))).plan;
}

function check(request: MigrationRequest) {
  try {
    return parseRequest(request);
  } catch (error) {
    throw refusedBy(error);
  }
}
