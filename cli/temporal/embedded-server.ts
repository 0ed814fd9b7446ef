import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { execa, type ExecaChildProcess } from 'execa';
import { ConfigError, type Config } from '../../clients/config';
import { CarryonError, UnavailableError } from '../../domain/errors';
import type { Io } from '../io';
import { answers, isLoopback, splitAddress } from './answers';
import { findServer } from './find-server';
import { serverArguments } from './server-arguments';

export interface RunningServer {
  /** Absent for a server that was there before. */
  stop?: () => Promise<void>;
  /** Resolves when the embedded server ends by itself. */
  ended: Promise<void>;
}

const startMs = 60_000;
const stopMs = 15_000;

/** Uses the server that answers; otherwise starts one when the address is on this machine. */
export async function ensureServer(config: Config, io: Io): Promise<RunningServer> {
  const { address } = config.temporal;
  if (await answers(address)) return { ended: new Promise(() => undefined) };
  if (!isLoopback(splitAddress(address).host)) {
    throw new UnavailableError('temporal-unreachable', `Temporal does not answer at ${address}.`, { next: 'Start it, or correct temporal.address in carryon.yaml.' });
  }
  return startServer(config, findServer(config, io.env));
}

async function startServer(config: Config, program: string): Promise<RunningServer> {
  mkdirSync(config.stateDir, { recursive: true, mode: 0o700 });
  const log = path.join(config.stateDir, 'temporal.log');
  const output = openSync(log, 'a', 0o600);
  // A process group of its own: a Ctrl-C on the terminal must not end it before the coordinators are done with it.
  const child = execa(program, serverArguments(config), { stdin: 'ignore', stdout: output, stderr: output, detached: true, reject: false, cleanup: true });
  closeSync(output);
  let over = false;
  const ended = child.then(() => {
    over = true;
  });
  const deadline = performance.now() + startMs;
  while (!(await answers(config.temporal.address))) {
    if (over) throw await didNotStart(child, log, config);
    if (performance.now() > deadline) {
      child.kill('SIGKILL');
      throw new CarryonError(`The Temporal server did not answer within ${startMs / 1000} s.`, { code: 'temporal-failed', recovery: 'retry', next: `See ${log}.` });
    }
    await pause(200);
  }
  return {
    ended,
    stop: async () => {
      child.kill('SIGTERM', { forceKillAfterTimeout: stopMs });
      await ended;
    },
  };
}

async function didNotStart(child: ExecaChildProcess, log: string, { temporal }: Config): Promise<ConfigError> {
  const { exitCode } = await child;
  const tail = readFileSync(log, 'utf8').trim().split('\n').slice(-5).join('\n');
  return new ConfigError(
    'temporal-failed',
    `The Temporal server ended with code ${exitCode}:\n${tail}`,
    `Free the ports of temporal.address (${temporal.address}) and temporal.uiPort, or set others in carryon.yaml.`,
  );
}
