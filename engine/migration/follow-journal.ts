import { watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Engine } from '../engine';
import { settle } from './settle';
import { superviseDriver } from './supervise-driver';

/** A driver that has just died leaves a keeper, which may still freeze what it left and say so (engine/native/handoff/keeper.c). */
const surelyMs = 5_000;

/** Settles whenever the driver (or this engine) wrote a new state. The poll is for drivers that die, and for file systems that tell nothing. */
export function followJournal(engine: Engine, { pollMs = 1_000, restsAfterMs = surelyMs } = {}): () => void {
  let settled = '';
  let looking = false;
  /** At every look since then the journal was this one, and nothing was left to do. */
  let rest: { version: string; sinceMs: number } | undefined;
  const look = async () => {
    if (looking) return;
    looking = true;
    try {
      const version = await versionOf(engine.layout.journal);
      if (rest?.version === version && performance.now() - rest.sinceMs > restsAfterMs) return;
      const { state, epoch } = await engine.journal.read();
      const seen = `${epoch}/${state}`;
      if (seen !== settled) await settle(engine);
      settled = seen;
      if (!(await superviseDriver(engine))) rest = undefined;
      else if (rest?.version !== version) rest = { version, sinceMs: performance.now() };
    } catch (error) {
      rest = undefined;
      engine.log.error({ reason: String(error) }, 'could not follow the journal; trying again');
    } finally {
      looking = false;
    }
  };
  const name = basename(engine.layout.journal);
  const watcher = watch(dirname(engine.layout.journal), (_event, changed) => {
    if (changed === name) void look();
  });
  watcher.on('error', () => undefined);
  const timer = setInterval(() => void look(), pollMs);
  void look();
  return () => {
    watcher.close();
    clearInterval(timer);
  };
}

/** Another for each line that is added or taken back. */
const versionOf = async (path: string): Promise<string> => {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found ? `${found.ino}/${found.size}/${found.mtimeNs}` : 'none';
};
