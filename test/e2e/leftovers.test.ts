import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from './support/await';
import { expectCommitted, expectUnharmed } from './support/expectations';
import { NumbersLoad } from './support/load/numbers';
import { startService } from './support/services';
import { minutes } from './support/settings';
import { carryon } from './support/shared';
import { tracesOfCluster, tracesOfContainer, tracesOfMachine } from './support/traces';

const name = 'e2e-leftovers';
// Longer than the way there and back: a relay that ends while the service comes home is a race of its own.
const relayFor = '60s';
let load: NumbersLoad;

beforeAll(async () => {
  const place = await startService(carryon, { name, image: 'carryon-workload-native', command: ['/bin/counting', '32', '10'], hostPort: 9009, containerPort: 8080 });
  load = await NumbersLoad.start({ ...place, connections: 2 });
}, minutes(3));

afterAll(() => carryon.remove(name), minutes(1));

const thereAndBack = async () => {
  for (const to of ['cloud', 'edge']) expectCommitted(await carryon.migrate(name, { to, relayFor }), { to });
  await eventually('the end of the relay', async () => (await carryon.sightings(name)).length === 1);
};

const takeStock = async () => ({
  machine: await tracesOfMachine(),
  edge: await tracesOfCluster('edge'),
  cloud: await tracesOfCluster('cloud'),
  container: await tracesOfContainer('edge', name),
});

describe('migrations', () => {
  it('leave nothing behind: a second and a third round trip end as the first did', async () => {
    await thereAndBack();
    const first = await takeStock();
    await thereAndBack();
    await thereAndBack();
    expect(await takeStock()).toEqual(first);
  }, minutes(6));

  it('have kept the connections to the place where the service began', async () => {
    expectUnharmed(await load.finish());
  }, minutes(1));
});
