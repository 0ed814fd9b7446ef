import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';
import { UnavailableError } from '../../domain/errors';

/** The driver's answer to one line on ctl.sock. */
export type DriverAnswer = { ok: true; [key: string]: unknown } | { ok: false; code: string; message: string; tail?: string };

export interface DriverRequest {
  do: string;
  state?: 'running' | 'discarded';
}

/** No time limit: a handoff takes as long as it takes, and the driver's own deadlines decide. */
export function askDriver(path: string, request: DriverRequest): Promise<DriverAnswer> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path, () => socket.write(`${JSON.stringify(request)}\n`));
    const fail = (cause?: Error) => {
      socket.destroy();
      reject(new UnavailableError('driver-gone', `the handoff driver ended while it was asked to ${request.do}`, { cause, next: 'ask for the state of the migration' }));
    };
    socket.once('error', fail);
    socket.once('close', () => fail());
    createInterface({ input: socket })
      .once('line', (line) => {
        socket.end();
        try {
          resolve(parseAnswer(line));
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      })
      .on('error', fail);
  });
}

function parseAnswer(line: string): DriverAnswer {
  const value = JSON.parse(line) as { ok?: unknown; code?: unknown; message?: unknown; tail?: unknown };
  if (value.ok === true) return { ...value, ok: true };
  return {
    ok: false,
    code: typeof value.code === 'string' ? value.code : 'driver-failed',
    message: typeof value.message === 'string' ? value.message : 'the handoff driver gave no reason',
    ...(typeof value.tail === 'string' && { tail: value.tail }),
  };
}

export function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
