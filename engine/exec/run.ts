import type { Duplex, Readable } from 'node:stream';
import { execa, type ExecaChildProcess } from 'execa';
import type { ExecRequest } from '../../domain/engine';
import { RefusedError } from '../../domain/errors';
import { switchingProtocols } from '../api/switching-protocols';
import type { Engine } from '../engine';
import { allowed } from '../journal/allowed';
import { insist } from '../refusal';
import { insistOnFree } from '../service/hold';
import { endSession } from './end-session';
import { frame, frameReader, stream } from './frames';

/** Runs a program beside the application, for a caller of the API. */
export const runExec = (engine: Engine, request: ExecRequest, socket: Duplex, head: Buffer): Promise<void> =>
  runSession(engine, request, socket, head, () => socket.write(switchingProtocols('carryon-exec')));

/** The connection carries the program's streams and, last, its exit code. The program ends with the connection. */
export async function runSession(engine: Engine, request: ExecRequest, socket: Duplex, head: Buffer, begun: (runtimePid: number | undefined) => void = () => undefined): Promise<void> {
  const { child, dispose } = await begin(engine, request);
  begun(child.pid);
  feed(child, socket, head);
  const lost = () => void endSession(child.pid).catch((error: unknown) => engine.log.warn({ reason: String(error) }, 'an exec session could not be ended'));
  socket.once('close', lost);
  await Promise.all([carry(child.stdout, stream.stdout, socket), carry(child.stderr, stream.stderr, socket), child]).finally(dispose);
  // Its PID may be another process from now on.
  socket.off('close', lost);
  const { exitCode, signal } = await child;
  socket.end(frame(stream.exit, Buffer.from(JSON.stringify({ exitCode: exitCode ?? 128, ...(signal && { signal }) }))));
}

/** In a turn: a migration that comes meanwhile finds the program, and after its ticket none begins. The child is wrapped, or it would be awaited. */
function begin(engine: Engine, request: ExecRequest): Promise<{ child: ExecaChildProcess; dispose: () => Promise<void> }> {
  return engine.turn(async () => {
    insist(allowed(await engine.journal.read(), 'exec'));
    await insistOnFree(engine);
    const sandbox = await engine.sandbox.find();
    if (!sandbox) throw new RefusedError('not-running', 'the application has ended', { next: 'start the service again' });
    const { file, args, dispose } = await engine.sandbox.execCommand(sandbox, request);
    return { child: execa(file, args, { buffer: false, reject: false, stdin: 'pipe' }), dispose };
  });
}

function feed(child: ExecaChildProcess, socket: Duplex, head: Buffer): void {
  const read = frameReader();
  // The program may end before its input does.
  child.stdin?.on('error', () => undefined);
  const take = (chunk: Buffer) => {
    for (const { stream: id, payload } of read(chunk)) {
      if (id !== stream.stdin) continue;
      if (payload.length === 0) child.stdin?.end();
      else if (child.stdin && !child.stdin.write(payload)) {
        socket.pause();
        child.stdin.once('drain', () => socket.resume());
      }
    }
  };
  const takeSafely = (chunk: Buffer) => {
    try {
      take(chunk);
    } catch (error) {
      socket.destroy(error as Error);
    }
  };
  if (head.length > 0) takeSafely(head);
  socket.on('data', takeSafely);
  socket.once('end', () => child.stdin?.end());
}

async function carry(output: Readable | null, id: number, socket: Duplex): Promise<void> {
  if (!output) return;
  for await (const chunk of output) {
    if (!socket.writable) return;
    if (!socket.write(frame(id, chunk as Buffer))) await roomIn(socket);
  }
}

function roomIn(socket: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    socket.on('drain', done).on('close', done);
  });
}
