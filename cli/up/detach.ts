import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { CarryonError, RefusedError } from '../../domain/errors';
import type { App } from '../app';
import { isUp } from './control-socket';

/** Sent by the process in the background when everything listens. */
export interface ReadyMessage {
  ready: true;
  queues: string[];
}

/** Starts `carryon up` in the background and resolves when it is ready. */
export async function detachUp(app: App, clusters: string[]): Promise<{ pid: number; queues: string[]; log: string }> {
  const { config, configFile } = app;
  if (await isUp(config.stateDir)) {
    throw new RefusedError('already-up', `carryon up is running already with ${config.stateDir}.`, { next: 'Stop it with `carryon down`, or go on using it.' });
  }
  mkdirSync(config.stateDir, { recursive: true, mode: 0o700 });
  const log = path.join(config.stateDir, 'up.log');
  const output = openSync(log, 'a', 0o600);
  const before = statSync(log).size;
  const program = process.argv[1] ?? '';
  const args = [program, 'up', '--config', configFile, ...clusters.flatMap((id) => ['--cluster', id])];
  const child = execa(process.execPath, args, { stdio: ['ignore', output, output, 'ipc'], detached: true, cleanup: false, reject: false });
  closeSync(output);

  const ready = once(child, 'message').then(([message]) => message as ReadyMessage);
  const outcome = await Promise.race([ready, child.then(({ exitCode }) => ({ exitCode }))]);
  if ('ready' in outcome) {
    child.disconnect();
    child.unref();
    return { pid: child.pid ?? 0, queues: outcome.queues, log };
  }
  const said = readFileSync(log).subarray(before).toString('utf8').trim();
  throw new CarryonError(`carryon up ended with code ${outcome.exitCode}:\n${said}`, { code: 'up-failed', recovery: 'human', next: `See ${log}.` });
}
