import { watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Engine } from '../engine';
import { settle } from './settle';
import { superviseDriver } from './supervise-driver';

/** Settles whenever the driver (or this engine) wrote a new state. The poll is for file systems that tell nothing. */
export function followJournal(engine: Engine, pollMs = 1_000): () => void {
  let settled = '';
  let looking = false;
  const look = async () => {
    if (looking) return;
    looking = true;
    try {
      const { state, epoch } = await engine.journal.read();
      const seen = `${epoch}/${state}`;
      if (seen !== settled) await settle(engine);
      settled = seen;
      await superviseDriver(engine);
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
