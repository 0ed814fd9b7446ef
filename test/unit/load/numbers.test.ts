import { afterEach, describe, expect, it } from '@jest/globals';
import { forkingLine, NumbersLoad } from '../../e2e/support/load/numbers';
import { pause, serve, type FakeServer } from './fake-server';

let server: FakeServer | undefined;
afterEach(() => server?.close());

const hear = async (text: string, accepts?: (rest: string) => boolean) => {
  server = await serve((socket) => socket.write(text));
  const load = await NumbersLoad.start({ ...server, connections: 1 }, accepts);
  await pause(50);
  return load.finish();
};

describe('a subscriber of numbers', () => {
  it('has nothing to say about a sequence without a hole', async () => {
    expect(await hear('7\n8\n9\n')).toEqual({ acknowledged: 3, lost: 0, connections: 1, broken: 0, problems: [] });
  });

  it('counts the numbers that are missing', async () => {
    expect(await hear('7\n8\n11\n')).toMatchObject({ lost: 2, problems: ['connection 0: 11 came where 9 was due'] });
  });

  it('takes a number that comes twice as a fault', async () => {
    expect(await hear('7\n8\n8\n')).toMatchObject({ lost: 1 });
  });

  it('notices what the forking service says has failed', async () => {
    expect(await hear('7 100 ok\n8 100 flock,pipe\n', forkingLine)).toMatchObject({ lost: 0, problems: ['connection 0: 8 100 flock,pipe'] });
  });

  it('notices a monotonic clock that jumped', async () => {
    expect(await hear('7 100 ok\n8 86400100 ok\n', forkingLine)).toMatchObject({ problems: ['connection 0: 8 86400100 ok'] });
    server?.close();
    expect(await hear('7 100 ok\n8 -3 ok\n', forkingLine)).toMatchObject({ problems: ['connection 0: 8 -3 ok'] });
  });

  it('notices a connection that the other side closes', async () => {
    server = await serve((socket) => socket.end('7\n'));
    const load = await NumbersLoad.start({ ...server, connections: 2 });
    await pause(50);
    expect(await load.finish()).toMatchObject({ connections: 2, broken: 2 });
  });

  it('measures the longest silence within its window', async () => {
    server = await serve((socket) => void (async () => {
      socket.write('1\n');
      await pause(150);
      socket.write('2\n');
      await pause(20);
      socket.write('3\n');
    })());
    const load = await NumbersLoad.start({ ...server, connections: 1 });
    await pause(160);
    expect(load.longestGapMs()).toBeGreaterThan(100);
    load.resetWindow();
    await pause(30);
    expect(load.longestGapMs()).toBeLessThan(100);
    await load.finish();
  });
});
