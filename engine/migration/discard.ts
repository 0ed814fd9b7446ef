import { RefusedError } from '../../domain/errors';
import type { Engine } from '../engine';
import { stateAt } from '../journal/reduce';
import { cleanDestination } from './clean-destination';
import { driverFailure } from './driver-failure';
import { preparation } from './prepare';
import type { Shared } from './shared';
import type { HeldTicket } from './tickets';

/** The arrival is given up: nothing of it is left and nothing of it can come back. Refused once it owns the service. */
export async function discardAtDestination(engine: Engine, shared: Shared, held: HeldTicket): Promise<undefined> {
  const { ticket, role } = held;
  if (role === 'source') throw new RefusedError('wrong-side', 'this engine is the source', { next: 'abort instead' });
  const dir = engine.layout.handoff(ticket.migration);
  if (await engine.drivers.alive(dir)) await askToDiscard(engine, dir);
  await engine.turn(async () => {
    const state = stateAt(await engine.journal.read(), ticket.epoch);
    if (state === 'running' || state === 'waiting') {
      throw new RefusedError('committed', `migration ${ticket.migration} is committed: the service runs here`, { next: 'go on with finish at the source' });
    }
    if (state !== 'discarded') await engine.journal.append({ epoch: ticket.epoch, state: 'discarded', migration: ticket.migration });
  });
  await shared.settled(preparation(ticket.migration));
  await engine.turn(async () => {
    const view = await engine.journal.read();
    // A newer ticket has cleaned up when it was taken: the sandbox that stands now is that one's.
    if (view.epoch === ticket.epoch && view.state === 'discarded') await cleanDestination(engine, held);
  });
}

/** The driver decides between commit and discard; whatever it says is in the journal then. */
async function askToDiscard(engine: Engine, dir: string): Promise<void> {
  const answer = await engine.drivers.ask(dir, { do: 'discard' }).catch(() => undefined);
  if (!answer || answer.ok) return;
  if (answer.code === 'committed') throw driverFailure('discard', answer);
  engine.log.warn({ code: answer.code, reason: answer.message }, 'the driver did not discard');
}
