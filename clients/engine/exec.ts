import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import type { EngineClient, ExecRequest } from '../../domain/engine';
import { UnavailableError } from '../../domain/errors';
import { createFrameReader, frame, type Frame } from './frames';
import type { Transport } from './transport';

const streams = { stdin: 0, stdout: 1, stderr: 2, exit: 3 } as const;

type Streams = Parameters<EngineClient['exec']>[1];

/** Runs a command beside the application; resolves with its exit code when both of its outputs are written. */
export async function runExec(transport: Transport, request: ExecRequest, { stdin, stdout, stderr }: Streams): Promise<{ exitCode: number }> {
  const header = Buffer.from(JSON.stringify(request)).toString('base64');
  const { socket, head } = await transport.upgrade('/v1/exec', 'carryon-exec', { 'x-carryon-exec': header });
  const stopInput = forwardInput(stdin, socket);
  try {
    const read = createFrameReader();
    for await (const chunk of received(head, socket)) {
      for (const one of read(chunk)) {
        if (one.stream === streams.exit) return exitOf(one);
        await write(one.stream === streams.stderr ? stderr : stdout, one.payload);
      }
    }
    throw lost(transport.cluster);
  } catch (error) {
    throw error instanceof UnavailableError ? error : lost(transport.cluster, error);
  } finally {
    stopInput();
    socket.destroy();
  }
}

async function* received(head: Buffer, socket: Duplex): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head;
  for await (const chunk of socket) yield chunk as Buffer;
}

/** An empty frame tells the end of the input. */
function forwardInput(stdin: NodeJS.ReadableStream | undefined, socket: Duplex): () => void {
  if (!stdin) {
    socket.write(frame(streams.stdin, Buffer.alloc(0)));
    return () => undefined;
  }
  const onData = (chunk: Buffer | string) => {
    if (socket.write(frame(streams.stdin, Buffer.from(chunk)))) return;
    stdin.pause();
    socket.once('drain', () => stdin.resume());
  };
  const onEnd = () => void socket.write(frame(streams.stdin, Buffer.alloc(0)));
  stdin.on('data', onData).on('end', onEnd);
  return () => {
    stdin.off('data', onData).off('end', onEnd);
    stdin.pause();
  };
}

async function write(to: NodeJS.WritableStream, payload: Buffer): Promise<void> {
  if (!to.write(payload)) await once(to, 'drain');
}

/** `{"exitCode": n}`; a bare number is taken too. */
function exitOf({ payload }: Frame): { exitCode: number } {
  const value = JSON.parse(payload.toString('utf8')) as number | { exitCode?: number; code?: number };
  return { exitCode: typeof value === 'number' ? value : (value.exitCode ?? value.code ?? 255) };
}

const lost = (cluster: string, cause?: unknown) =>
  new UnavailableError('exec-lost', `The connection to the command was lost${cause instanceof Error ? `: ${cause.message}` : ''}; it may still be running.`, {
    cluster,
    next: 'Look with `carryon exec NAME ps` and end it, or run it again.',
    cause,
  });
