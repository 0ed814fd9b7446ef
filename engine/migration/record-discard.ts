import { setTimeout as sleep } from 'node:timers/promises';
import { RefusedError } from '../../domain/errors';
import type { Engine } from '../engine';
import type { JournalEntry } from '../../domain/journal-entry';
import { stateAt, type JournalView } from '../../domain/journal';
import { driverFailure } from './driver-failure';

/** Killing what was restored takes a moment. */
const answersWithinMs = 5_000;

/**
 * The driver decides between commit and discard; whatever it says is in the journal then. One that stands still, or ends before it answers,
 * is not waited for: the journal decides. Fails (`committed`) when the driver owns the service.
 */
export async function askToDiscard(engine: Engine, dir: string): Promise<void> {
  const answer = await Promise.race([engine.drivers.ask(dir, { do: 'discard' }).catch(() => undefined), sleep(answersWithinMs, undefined, { ref: false })]);
  if (!answer || answer.ok) return;
  if (answer.code === 'committed') throw driverFailure('discard', answer);
  engine.log.warn({ code: answer.code, reason: answer.message }, 'the driver did not discard');
}

type Arrival = Pick<JournalEntry, 'epoch' | 'migration'>;

/** In a turn. A driver that seemed to be dead may have recorded the commit, also since our last look: then the service is here. */
export async function recordDiscard(engine: Engine, arrival: Arrival): Promise<void> {
  const view = await engine.journal.read();
  insistNotOwned(view, arrival);
  if (stateAt(view, arrival.epoch) === 'discarded') return;
  insistNotOwned(await engine.journal.append({ epoch: arrival.epoch, state: 'discarded', migration: arrival.migration }), arrival);
}

function insistNotOwned(view: JournalView, { epoch, migration }: Arrival): void {
  const state = stateAt(view, epoch);
  if (state !== 'running' && state !== 'waiting') return;
  throw new RefusedError('committed', `migration ${migration ?? '?'} is committed: the service runs here`, { next: 'go on with finish at the source' });
}
