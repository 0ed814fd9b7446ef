import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { addressOf } from './support/clusters';
import { expectCommitted, expectUnharmed } from './support/expectations';
import { DownloadLoad } from './support/load/download';
import { eventually } from './support/await';
import { startService } from './support/services';
import { minutes } from './support/settings';
import { carryon } from './support/shared';

const name = 'e2e-nginx';
const port = 9004;

beforeAll(async () => {
  const place = await startService(carryon, { name, image: 'carryon-workload-nginx', env: { LARGE_MB: '128' }, hostPort: port, containerPort: 8080 });
  await eventually('the file to download', async () => (await fetch(`http://${place.host}:${place.port}/large.sha256`)).ok);
}, minutes(3));

afterAll(() => carryon.remove(name), minutes(1));

describe('nginx with large downloads under way', () => {
  it.each([
    ['edge', 'cloud', 'post-copy'],
    ['cloud', 'edge', 'stop-and-copy'],
  ] as const)('moves from %s to %s by %s and every download arrives complete', async (from, to, strategy) => {
    const load = await DownloadLoad.start({ host: addressOf(from), port, connections: 3 });
    expectCommitted(await carryon.migrate(name, { to, strategy }), { to, strategy });
    expectUnharmed(await load.finish());
  }, minutes(3));
});
