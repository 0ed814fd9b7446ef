import { watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Engine } from '../engine';
import { settle } from './settle';
import { superviseDriver } from './supervise-driver';

/** Settles whenever the driver (or this engine) wrote a new state. The poll is for file systems that tell nothing. */
export function followJournal(engine: Engine, pollMs = 1_000): () => void {
  let settled = '';
  let looking = false;
  /** The journal as it was when nothing was left to do. */
  let restsAt: string | undefined;
  const look = async () => {
    if (looking) return;
    looking = true;
    try {
      const written = await versionOf(engine.layout.journal);
      if (written === restsAt) return;
      const { state, epoch } = await engine.journal.read();
      const seen = `${epoch}/${state}`;
      if (seen !== settled) await settle(engine);
      settled = seen;
      restsAt = (await superviseDriver(engine)) ? written : undefined;
    } catch (error) {
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

/** Another for each line: lines are only ever added. */
const versionOf = async (path: string): Promise<string> => {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found ? `${found.ino}/${found.size}/${found.mtimeNs}` : 'none';
};
