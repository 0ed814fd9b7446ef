import { afterEach, describe, expect, it } from '@jest/globals';
import { EventEmitter, once } from 'node:events';
import { ThreadsLoad } from '../../e2e/support/load/threads';
import { serve, type FakeServer } from './fake-server';

let server: FakeServer | undefined;
afterEach(() => server?.close());

/** A server whose only thread counts the lines; `spoil` may change an answer, or keep it back. */
const ask = async (spoil: (answer: { line: string; answered: number; counters: number[]; total: number }) => object | undefined) => {
  let total = 0;
  const enough = new EventEmitter();
  server = await serve((socket) => socket.on('data', (data: Buffer) => {
    for (const line of data.toString().split('\n').filter(Boolean)) {
      total += 1;
      if (total === wantedLines) enough.emit('lines');
      const answer = spoil({ line, answered: total, counters: [total], total });
      if (answer) socket.write(`${JSON.stringify(answer)}\n`);
    }
  }));
  const lines = once(enough, 'lines');
  const load = await ThreadsLoad.start({ ...server, connections: 1 });
  await lines;
  return load.finish();
};

/** More than the one that a test spoils. */
const wantedLines = 6;

describe('a client of the threads program', () => {
  it('has nothing to say when every line is answered', async () => {
    const result = await ask((answer) => answer);
    expect(result).toMatchObject({ lost: 0, broken: 0, problems: [] });
    expect(result.acknowledged).toBeGreaterThan(1);
  });

  it('counts a line that is never answered', async () => {
    expect(await ask((answer) => (answer.line === '2' ? undefined : answer))).toMatchObject({ lost: 1 });
  }, 15_000);

  it('notices counters that do not add up, and a count that goes back', async () => {
    const { problems } = await ask((answer) => (answer.line === '3' ? { ...answer, total: 1 } : answer));
    expect(problems).toEqual(["connection 0: the threads' counters add up to 3, not 1", 'connection 0: the count went back from 2 to 1']);
  });
});
