import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { makeWorld, move, port, type World } from './topology';

let world: World;

beforeAll(async () => {
  world = await makeWorld();
  await world.clusters.a.standUp();
  await world.clusters.a.app.ask({ do: 'listen', port });
}, 60_000);

afterAll(async () => {
  await world.remove();
}, 60_000);

const say = (name: string, text: string) => world.client.ask({ do: 'say', name, text });
const open = (name: string, host: string, more: Record<string, unknown> = {}) => world.client.ask({ do: 'open', name, host, port, ...more });

describe('a service that moves A -> B -> C -> A -> B -> A', () => {
  it('answers a client at its published port', async () => {
    expect(await open('first', world.clusters.a.publicAddress)).toEqual({});
    expect(await say('first', 'one')).toEqual({ answer: 'echo one' });
  }, 20_000);

  it('keeps a connection on the way to B', async () => {
    const { a, b } = world.clusters;
    await move(a, b);
    expect(await say('first', 'two')).toEqual({ answer: 'echo two' });
  }, 30_000);
});
