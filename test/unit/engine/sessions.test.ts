import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { frame, frameReader, stream } from '../../../engine/exec/frames';
import { serveSessions } from '../../../engine/exec/sessions';
import type { Engine } from '../../../engine/engine';

let directory: string;
let stop: () => void;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'sessions-'));
});
afterEach(async () => {
  stop();
  await rm(directory, { recursive: true });
});

/** An engine whose journal says this, with or without an application. */
async function engineThat(state: string, { application = false, standsIn = false } = {}): Promise<void> {
  const engine = {
    journal: { read: () => Promise.resolve({ state, epoch: 1, states: {} }) },
    sandbox: { find: () => Promise.resolve(application ? { pid: 7 } : undefined) },
    turn: <T>(act: () => Promise<T>) => act(),
  } as unknown as Engine;
  stop = await serveSessions(engine, directory, standsIn);
}

/** What it answers when it is asked to run this. */
async function asked(...command: string[]): Promise<{ stream: number; text: string }[]> {
  const socket = createConnection(path.join(directory, 'exec.sock'));
  socket.write(frame(stream.arguments, Buffer.from(command.map((word) => `${word}\0`).join(''))));
  return frameReader()(await buffer(socket)).map(({ stream: id, payload }) => ({ stream: id, text: payload.toString() }));
}

describe('a question whether the application has begun', () => {
  it.each([
    ['absent', {}, 1],
    ['absent', { standsIn: true }, 0],
    ['running', {}, 1],
    ['running', { application: true }, 0],
    ['relaying', {}, 0],
    ['gated', { standsIn: true }, 0],
  ])('in the state %s with %j is answered by %i', async (state, more, exitCode) => {
    await engineThat(state, more);
    expect(await asked()).toEqual([{ stream: stream.exit, text: JSON.stringify({ exitCode }) }]);
  });
});

describe('a program that cannot be run', () => {
  it.each(['armedS', 'frozen', 'handedOff', 'owing', 'relaying', 'waiting', 'gated'])('is said to be away in the state %s', async (state) => {
    await engineThat(state);
    expect(await asked('true')).toEqual([{ stream: stream.away, text: expect.stringContaining(state) }]);
  });

  it('is away as well where a pod only stands in', async () => {
    await engineThat('absent', { standsIn: true });
    expect(await asked('true')).toMatchObject([{ stream: stream.away }]);
  });

  it('fails where the application is to run and does not', async () => {
    await engineThat('absent');
    expect(await asked('true')).toMatchObject([{ stream: stream.stderr }, { stream: stream.exit, text: '{"exitCode":126}' }]);
  });

  it('and so does whoever does not begin with what is to be run', async () => {
    await engineThat('running');
    const socket = createConnection(path.join(directory, 'exec.sock'));
    socket.write(frame(stream.stdin, Buffer.from('x')));
    expect(frameReader()(await buffer(socket))).toMatchObject([{ stream: stream.stderr }, { stream: stream.exit }]);
  });
});
