import type { KeepRequest, Kept } from '../../domain/engine';
import { UnavailableError } from '../../domain/errors';
import type { Engine } from '../engine';
import { stateAt } from '../../domain/journal';
import { readIfThere } from '../read-file';
import { writeDurably } from '../write-file';
import { keepAtDestination } from './keep-at-destination';
import { keepAtSource } from './keep-at-source';
import { liveTicket } from './live-ticket';
import { isQuestionOpen } from './question';
import { settle } from './settle';

interface Answer extends Pick<KeepRequest, 'migration'> {
  kept: Kept;
}

/**
 * The service stays at this side for good. Whoever calls has asked everybody else, or has a human's word: here nobody can know whether another
 * copy runs. What this side itself knows is looked at once more.
 */
export async function keep(engine: Engine, { migration, epoch, seen, asks }: KeepRequest): Promise<{ kept: Kept }> {
  const held = await liveTicket(engine, migration);
  const before = await answered(engine);
  if (before?.migration === migration) return { kept: before.kept };
  await insistUnchanged(engine, { epoch, seen, asks });
  const kept = await (held.role === 'source' ? keepAtSource(engine, held, seen) : keepAtDestination(engine, held, seen));
  await settle(engine);
  await writeDurably(engine.layout.kept, `${JSON.stringify({ migration, kept } satisfies Answer)}\n`);
  engine.log.warn({ migration, epoch, kept }, 'the service was left at this side by decision');
  return { kept };
}

/** A restart of this container leaves the journal as it was, and yet what was decided before is not allowed any more: its processes are gone, and its peer may have acted upon that. */
async function insistUnchanged(engine: Engine, { epoch, seen, asks }: Omit<KeepRequest, 'migration'>): Promise<void> {
  const [view, asking] = await Promise.all([engine.journal.read(), isQuestionOpen(engine, epoch)]);
  if (view.epoch === epoch && stateAt(view, epoch) === seen && asking === asks) return;
  const words = (state: string, open: boolean) => `${state}${open ? ', and asks the other side' : ''}`;
  throw new UnavailableError('changed', `the journal says ${words(view.state, asking)} in epoch ${view.epoch} by now, not ${words(seen, asks)}`, { next: 'ask again: what is to be done follows from that' });
}

async function answered({ layout }: Engine): Promise<Answer | undefined> {
  const text = await readIfThere(layout.kept);
  return text === undefined ? undefined : (JSON.parse(text) as Answer);
}
