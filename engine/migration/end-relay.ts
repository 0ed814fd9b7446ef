import { RefusedError } from '../../domain/errors';
import type { Engine } from '../engine';
import { stateAt } from '../journal/reduce';

/** Old connections are given up; the outer container may be removed. A newer epoch of the service here is not touched. */
export async function endRelay(engine: Engine, epoch: number): Promise<void> {
  const view = await engine.journal.read();
  const state = stateAt(view, epoch);
  if (state === 'retired') return;
  if (state !== 'relaying') {
    throw new RefusedError('not-relaying', `this engine does not relay for epoch ${epoch} (${state})`, { next: 'finish the migration first' });
  }
  await engine.journal.append({ epoch, state: 'retired', migration: view.history.get(epoch)?.migration });
  const held = await engine.tickets.at(epoch);
  if (held) await engine.network.removePeer(held.ticket, held.role);
  if (view.epoch === epoch) await engine.network.tearDownAll();
  engine.log.info({ epoch }, 'relay ended');
}
