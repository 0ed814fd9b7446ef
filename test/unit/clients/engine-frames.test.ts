import { expect, test } from '@jest/globals';
import { answeredError } from '../../../clients/engine/answered-error';
import { createFrameReader, frame } from '../../../clients/engine/frames';

test('frames survive any way in which the bytes arrive', () => {
  const bytes = Buffer.concat([frame(1, Buffer.from('hello')), frame(2, Buffer.alloc(0)), frame(3, Buffer.from('{"exitCode":0}'))]);
  for (const size of [1, 2, 3, 7, bytes.length]) {
    const read = createFrameReader();
    const seen: [number, string][] = [];
    for (let at = 0; at < bytes.length; at += size) seen.push(...read(bytes.subarray(at, at + size)).map(({ stream, payload }): [number, string] => [stream, payload.toString()]));
    expect(seen).toEqual([[1, 'hello'], [2, ''], [3, '{"exitCode":0}']]);
  }
});

test('a length that no engine would send ends the reading', () => {
  expect(() => createFrameReader()(Buffer.from([1, 0xff, 0xff, 0xff, 0xff]))).toThrow(/not one of an engine/);
});

test("an engine's error keeps its code, words, advice and way of recovery", () => {
  const body = JSON.stringify({ error: { code: 'stale-epoch', message: 'epoch 3 is over', next: 'ask again', recovery: 'roll-back' } });
  expect(answeredError(409, body, 'edge')).toMatchObject({ code: 'stale-epoch', message: 'epoch 3 is over', next: 'ask again', recovery: 'roll-back', cluster: 'edge' });
});

test.each([
  [503, 'retry'],
  [404, 'refuse'],
  [500, 'roll-back'],
])('an answer %d without an error of ours is still one: %s', (status, recovery) => {
  expect(answeredError(status, '<html>', 'edge')).toMatchObject({ code: 'engine-failed', recovery });
});
