import { UnavailableError } from '../../domain/errors';
import type { Engine } from '../engine';
import { mayRetire } from '../journal/allowed';
import { stateAt } from '../../domain/journal';
import { insist } from '../refusal';
import { decideToLeave } from './leaving';
import { isExpected } from './stay';

/** Old connections are given up, and nothing begins here any more: from now on the outer container may be removed at any time. In a turn, so that no ticket is taken meanwhile. */
export async function endRelay(engine: Engine, epoch: number, owesNothing = false): Promise<void> {
  const view = await engine.journal.read();
  insist(mayRetire(view, epoch, owesNothing));
  if (await isExpected(engine)) {
    throw new UnavailableError('expected', 'a migration is about to come here', { next: 'ask again later: by then it has come, or has given up' });
  }
  await decideToLeave(engine, epoch);
  if (stateAt(view, epoch) !== 'retired') await engine.journal.append({ epoch, state: 'retired', migration: view.history.get(epoch)?.migration });
  const held = await engine.tickets.at(epoch);
  if (held) await engine.network.removePeer(held.ticket, held.role);
  await engine.network.tearDownAll();
  engine.log.info({ epoch }, 'relay ended; this outer container may be removed');
}
