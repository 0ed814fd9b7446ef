import path from 'node:path';
import { keepOuter } from '../e2e/support/evidence';
import { chaosDirectory } from './settings';
import type { Subject } from './subject';

/** Of both sides of a service that broke a rule, before it is removed. */
export async function keepEvidence(subject: Subject, id: string, above = path.join(chaosDirectory, 'evidence')): Promise<void> {
  for (const cluster of Object.values(subject.place)) {
    const init = await subject.outer(cluster).init();
    if (init !== undefined) await keepOuter(cluster, init, path.join(above, id.replaceAll('/', '_'), cluster));
  }
}
