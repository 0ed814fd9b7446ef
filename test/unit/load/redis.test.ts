import { afterEach, describe, expect, it } from '@jest/globals';
import type net from 'node:net';
import { RedisLoad } from '../../e2e/support/load/redis';
import { ReplyDecoder } from '../../e2e/support/load/redis-protocol';
import { pause, serve, type FakeServer } from './fake-server';

let server: FakeServer | undefined;
afterEach(() => server?.close());

/** Answers RPUSH with the list's length, GET with nothing, LRANGE with what `forget` leaves of the list. */
const redis = (forget: (list: string[]) => string[]) => {
  const lists = new Map<string, string[]>();
  const answer = (socket: net.Socket, [verb, key = '', value = '']: string[]) => {
    const list = lists.get(key) ?? [];
    lists.set(key, list);
    if (verb === 'RPUSH') socket.write(`:${list.push(value)}\r\n`);
    else if (verb === 'LRANGE') {
      const kept = forget(list);
      socket.write(`*${kept.length}\r\n${kept.map((item) => `$${item.length}\r\n${item}\r\n`).join('')}`);
    } else socket.write('$-1\r\n');
  };
  return (socket: net.Socket) => {
    const decoder = new ReplyDecoder();
    socket.on('data', (data: Buffer) => {
      for (const command of decoder.push(data)) answer(socket, command as string[]);
    });
  };
};

const writeFor = async (ms: number, forget: (list: string[]) => string[]) => {
  server = await serve(redis(forget));
  const load = await RedisLoad.start({ ...server, connections: 2, keys: 1 });
  await pause(ms);
  return load.finish();
};

describe('clients of Redis', () => {
  it('find every acknowledged write again', async () => {
    const result = await writeFor(60, (list) => list);
    expect(result).toMatchObject({ lost: 0, connections: 2, broken: 0 });
    expect(result.acknowledged).toBeGreaterThan(2);
  });

  it('count acknowledged writes that are gone', async () => {
    expect((await writeFor(60, (list) => list.slice(0, -2))).lost).toBeGreaterThanOrEqual(2);
  });

  it('notice a write that is there twice', async () => {
    expect((await writeFor(60, (list) => ['1', ...list])).problems.join()).toContain('list:0 has 1 where 2 belongs');
  });

  it('notice a value that is not the one that was loaded', async () => {
    expect((await writeFor(60, (list) => list)).problems.join()).toContain('data:0 has another value');
  });

  it('notice connections that end', async () => {
    server = await serve((socket) => setTimeout(() => socket.destroy(), 20));
    const load = await RedisLoad.start({ ...server, connections: 2, keys: 1 });
    await pause(60);
    const ended = load.finish().catch(() => undefined);
    expect(load.longestGapMs()).toBeGreaterThan(30);
    await ended;
  });
});

describe('the decoder of replies', () => {
  it('puts replies together that arrive in pieces', () => {
    const decoder = new ReplyDecoder();
    expect(decoder.push(Buffer.from('*2\r\n$3\r\nab'))).toEqual([]);
    expect(decoder.push(Buffer.from('c\r\n:7\r\n+OK\r\n'))).toEqual([['abc', 7], 'OK']);
  });
});
