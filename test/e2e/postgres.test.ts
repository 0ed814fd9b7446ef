import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { expectCommitted, expectUnharmed, expectUnharmedAndAlive } from './support/expectations';
import { PostgresLoad } from './support/load/postgres';
import { eventually } from './support/await';
import { startService } from './support/services';
import { minutes } from './support/settings';
import { carryon } from './support/shared';

const name = 'e2e-postgres';
const password = 'correct horse';
let load: PostgresLoad;

beforeAll(async () => {
  const place = await startService(carryon, { name, image: 'carryon-workload-postgres', env: { POSTGRES_PASSWORD: password }, hostPort: 5432, containerPort: 5432 });
  load = await eventually('the database', () => PostgresLoad.start({ ...place, password, connections: 4 }), 60_000);
}, minutes(3));

afterAll(async () => {
  expectUnharmed(await load.finish());
  await carryon.remove(name);
}, minutes(1));

describe('PostgreSQL with clients that commit all the time', () => {
  it.each([
    ['cloud', 'post-copy'],
    ['edge', 'post-copy'],
    ['cloud', 'stop-and-copy'],
  ] as const)('moves to %s by %s with every committed transaction', async (to, strategy) => {
    expectCommitted(await carryon.migrate(name, { to, strategy }), { to, strategy });
    await expectUnharmedAndAlive(load);
  }, minutes(2));
});
