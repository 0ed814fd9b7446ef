import { cp, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { chaosSystem } from './settings';
import type { Subject } from './subject';

const kept = ['run/carryon/handoff', 'var/lib/carryon/log', 'var/lib/carryon/journal.ndjson'];

/** Logs and journals of both sides, before a service that broke a rule is removed. */
export async function keepEvidence(subject: Subject, id: string, above = path.join(chaosSystem.directory, 'evidence')): Promise<void> {
  for (const cluster of Object.values(subject.place)) {
    const init = await subject.outer(cluster).init();
    const directory = path.join(above, id.replaceAll('/', '_'), cluster);
    await mkdir(directory, { recursive: true });
    for (const name of kept) {
      if (init === undefined) continue;
      await cp(path.join('/proc', String(init), 'root', name), path.join(directory, path.basename(name)), { recursive: true, filter: (from) => !/ctl\.sock$|images|\.fifo$/.test(from) }).catch(() => undefined);
    }
  }
}
