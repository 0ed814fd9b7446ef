import { chmod, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { RefusedError } from '../../domain/errors';
import type { Engine } from '../engine';
import { frame, frameReader, stream, type Frame } from './frames';
import { runSession } from './run';

/**
 * Sessions beside the application for the ambassador's container: probes and hooks of the user's deployment, and what `kubectl exec` is given.
 * Whoever is in that container has the application's user there, and comes to no more than that here.
 */
export async function serveSessions(engine: Engine, directory: string, standsIn: boolean): Promise<() => void> {
  const path = join(directory, 'exec.sock');
  await rm(path, { force: true });
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    void serve(engine, standsIn, socket).catch(async (error: unknown) => {
      const words = Buffer.from(error instanceof Error ? error.message : String(error));
      socket.end((await isToRun(engine, standsIn).catch(() => true)) ? Buffer.concat([frame(stream.stderr, words), ended(notRun)]) : frame(stream.away, words));
    });
  });
  server.listen(path);
  await once(server, 'listening');
  await chmod(path, 0o666);
  return () => server.close();
}

/** As shells say it of a program that could not be run. */
const notRun = 126;
const ended = (exitCode: number) => frame(stream.exit, Buffer.from(JSON.stringify({ exitCode })));

/** It is to run here, and does so or will soon; otherwise it is frozen, elsewhere or on its way. */
async function isToRun({ journal }: Engine, standsIn: boolean): Promise<boolean> {
  const { state } = await journal.read();
  return state === 'running' || (state === 'absent' && !standsIn);
}

async function serve(engine: Engine, standsIn: boolean, socket: Socket): Promise<void> {
  const { frames, rest } = await firstFrames(socket);
  const [first] = frames;
  if (first?.stream !== stream.arguments && first?.stream !== stream.probe) throw new RefusedError('bad-request', 'the arguments come first', { next: 'use the ambassador program of the same version' });
  if (first.payload.length === 0) {
    socket.end(ended((await isToRun(engine, standsIn)) && !(await engine.sandbox.find()) ? 1 : 0));
    return;
  }
  const command = first.payload.toString('utf8').split('\0').slice(0, -1);
  const head = Buffer.concat([...frames.slice(1).map(({ stream: id, payload }) => frame(id, payload)), rest]);
  const run = (begun: (runtimePid: number | undefined) => void = () => undefined) =>
    runSession(engine, { command }, socket, head, (runtimePid) => {
      begun(runtimePid);
      socket.resume();
    });
  await (first.stream === stream.probe ? engine.probes.during(run, socket) : run());
}

/** What came with the first whole frame: the rest belongs to the session. */
function firstFrames(socket: Socket): Promise<{ frames: Frame[]; rest: Buffer }> {
  return new Promise((resolve, reject) => {
    let seen = Buffer.alloc(0);
    const failed = () => reject(new Error('it hung up'));
    socket.once('close', failed);
    const take = (chunk: Buffer) => {
      seen = Buffer.concat([seen, chunk]);
      try {
        const frames = frameReader()(seen);
        if (frames.length === 0) return;
        socket.off('data', take).off('close', failed).pause();
        const used = frames.reduce((sum, { payload }) => sum + frame(0, payload).length, 0);
        resolve({ frames, rest: seen.subarray(used) });
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    socket.on('data', take);
  });
}
