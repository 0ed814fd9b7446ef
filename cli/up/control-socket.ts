import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import path from 'node:path';
import { ConfigError } from '../../clients/config';
import { RefusedError } from '../../domain/errors';

/** Longest name that every system takes for a socket. */
const maxPathBytes = 100;

/** Where a running `carryon up` of this state directory listens for `carryon down`. */
export function controlSocketPath(stateDir: string): string {
  const file = path.join(stateDir, 'up.sock');
  if (Buffer.byteLength(file) <= maxPathBytes) return file;
  throw new ConfigError('state-dir-too-long', `The path ${file} is too long for a socket.`, 'Set a shorter stateDir in carryon.yaml.');
}

/** Listens until closed; refused while another process does. `onStop` runs when it is told to stop, and the asker is answered when that is done. */
export async function listenForStop(stateDir: string, onStop: () => Promise<void>): Promise<{ close(): void }> {
  const file = controlSocketPath(stateDir);
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  if (await isUp(stateDir)) {
    throw new RefusedError('already-up', `carryon up is running already with ${stateDir}.`, { next: 'Stop it with `carryon down`, or go on using it.' });
  }
  // What a killed process left behind.
  rmSync(file, { force: true });
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => void onStop().finally(() => socket.end('stopped\n')));
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(file, resolve));
  chmodSync(file, 0o600);
  return {
    close: () => {
      server.close();
      rmSync(file, { force: true });
    },
  };
}

export function isUp(stateDir: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(controlSocketPath(stateDir));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** False when nothing is up. Resolves when it has stopped. */
export function askToStop(stateDir: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(controlSocketPath(stateDir));
    socket.once('connect', () => {
      socket.write('stop\n');
      socket.resume().once('close', () => resolve(true));
    });
    socket.once('error', () => resolve(false));
  });
}
