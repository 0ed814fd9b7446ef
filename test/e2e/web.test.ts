import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { expectCommitted, expectUnharmed, expectUnharmedAndAlive } from './support/expectations';
import { WebLoad } from './support/load/web';
import { startService } from './support/services';
import { minutes } from './support/settings';
import { carryon } from './support/shared';

const name = 'e2e-web';
let load: WebLoad;

beforeAll(async () => {
  load = await WebLoad.start(await startService(carryon, { name, image: 'carryon-workload-node', hostPort: 9005, containerPort: 8080 }));
}, minutes(3));

afterAll(async () => {
  expectUnharmed(await load.finish());
  await carryon.remove(name);
}, minutes(1));

describe('a node server with a WebSocket, a stream of server-sent events and a kept connection for requests', () => {
  it.each([
    ['cloud', 'post-copy'],
    ['edge', 'post-copy'],
    ['cloud', 'stop-and-copy'],
  ] as const)('moves to %s by %s with every message, echo, event and answer', async (to, strategy) => {
    expectCommitted(await carryon.migrate(name, { to, strategy }), { to, strategy });
    await expectUnharmedAndAlive(load);
  }, minutes(2));
});
