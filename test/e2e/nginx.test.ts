import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectCommitted, expectUnharmed, expectUnharmedAndAlive } from './support/expectations';
import { DownloadLoad } from './support/load/download';
import { eventually } from './support/await';
import { startService } from './support/services';
import { minutes } from './support/settings';
import { carryon } from './support/shared';

const name = 'e2e-nginx';
let load: DownloadLoad;

beforeAll(async () => {
  const place = await startService(carryon, { name, image: 'carryon-workload-nginx', env: { LARGE_MB: '96' }, hostPort: 9004, containerPort: 8080 });
  await eventually('the file to download', async () => (await fetch(`http://${place.host}:${place.port}/large.sha256`)).ok);
  load = await DownloadLoad.start({ ...place, connections: 4, workers: 2 });
}, minutes(3));

afterAll(() => carryon.remove(name), minutes(1));

describe('nginx with large downloads from several of its processes under way', () => {
  it.each([
    ['cloud', 'post-copy'],
    ['edge', 'post-copy'],
    ['cloud', 'stop-and-copy'],
  ] as const)('moves to %s by %s and every download goes on', async (to, strategy) => {
    expectCommitted(await carryon.migrate(name, { to, strategy }), { to, strategy });
    await expectUnharmedAndAlive(load);
    expect(load.underWay).toBe(true);
  }, minutes(3));

  it('has sent every download as it was', async () => {
    expectUnharmed(await load.finish());
  }, minutes(2));
});
