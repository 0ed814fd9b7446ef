import type { KeepRequest, Kept } from '../../domain/engine';
import { UnavailableError } from '../../domain/errors';
import type { Engine } from '../engine';
import { stateAt } from '../../domain/journal';
import { readIfThere } from '../read-file';
import { writeDurably } from '../write-file';
import { keepAtDestination } from './keep-at-destination';
import { keepAtSource } from './keep-at-source';
import { liveTicket } from './live-ticket';
import { settle } from './settle';

/** What was done, for who asks the same again: that nothing had to be done is no such answer. */
interface Answer extends Pick<KeepRequest, 'migration' | 'seen'> {
  kept: Kept;
}

/**
 * The service stays at this side for good. Whoever calls has asked everybody else, or has a human's word: here nobody can know whether another
 * copy runs. What this side itself knows is looked at once more.
 */
export async function keep(engine: Engine, request: KeepRequest): Promise<{ kept: Kept }> {
  const { migration, epoch, seen } = request;
  const held = await liveTicket(engine, migration);
  const before = await answered(engine);
  if (before?.migration === migration && before.seen === seen) return { kept: before.kept };
  const view = await engine.journal.read();
  if (view.epoch !== epoch || stateAt(view, epoch) !== seen) {
    throw new UnavailableError('changed', `the journal says ${view.state} in epoch ${view.epoch} by now, not ${seen}`, { next: 'ask again: what is to be done follows from that' });
  }
  const kept = await (held.role === 'source' ? keepAtSource(engine, held, request) : keepAtDestination(engine, held, seen));
  if (kept === 'already') return { kept };
  await settle(engine);
  await writeDurably(engine.layout.kept, `${JSON.stringify({ migration, seen, kept } satisfies Answer)}\n`);
  engine.log.warn({ migration, epoch, kept }, 'the service was left at this side by decision');
  return { kept };
}

async function answered({ layout }: Engine): Promise<Answer | undefined> {
  const text = await readIfThere(layout.kept);
  return text === undefined ? undefined : (JSON.parse(text) as Answer);
}
