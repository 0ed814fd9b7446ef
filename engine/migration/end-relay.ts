import { RefusedError } from '../../domain/errors';
import type { Engine } from '../engine';
import { stateAt } from '../journal/reduce';

/** Old connections are given up; the outer container may be removed. Refused as soon as a newer epoch is known here: its tunnel may be the same. */
export async function endRelay(engine: Engine, epoch: number): Promise<void> {
  const view = await engine.journal.read();
  const state = stateAt(view, epoch);
  if (state === 'retired') return;
  if (state !== 'relaying') {
    throw new RefusedError('not-relaying', `this engine does not relay for epoch ${epoch} (${state})`, { next: 'finish the migration first' });
  }
  if (view.epoch !== epoch) {
    throw new RefusedError('not-relaying', `a newer migration (epoch ${view.epoch}, ${view.state}) uses what this relay of epoch ${epoch} uses`, { next: 'end the relay of the newest epoch' });
  }
  await engine.journal.append({ epoch, state: 'retired', migration: view.history.get(epoch)?.migration });
  const held = await engine.tickets.at(epoch);
  if (held) await engine.network.removePeer(held.ticket, held.role);
  await engine.network.tearDownAll();
  engine.log.info({ epoch }, 'relay ended');
}
