import { NeedsHumanError, RefusedError } from '../../domain/errors';
import type { Engine } from '../engine';
import { stateAt } from '../journal/reduce';
import type { DriverAnswer } from './control-socket';
import { driverFailure } from './driver-failure';
import type { HeldTicket } from './tickets';

/** Waits until the destination has all pages, then the frozen tree is destroyed; the outer container stays as relay. */
export async function finishAtSource(engine: Engine, { ticket, role }: HeldTicket): Promise<DriverAnswer | undefined> {
  const dir = engine.layout.handoff(ticket.migration);
  const state = stateAt(await engine.journal.read(), ticket.epoch);
  if (role === 'source') {
    if (state !== 'owing' && state !== 'relaying' && state !== 'retired') {
      throw new RefusedError('not-committed', `migration ${ticket.migration} is not committed (${state})`, { next: 'commit or abort it first' });
    }
    // Init would end the outer container when the frozen tree's PID 1 goes.
    await engine.init.none();
  }
  if (await engine.drivers.alive(dir)) {
    const answer = await engine.drivers.ask(dir, { do: 'finish' });
    if (!answer.ok) throw driverFailure('finish', answer);
    return answer;
  }
  if (state === 'owing') {
    throw new NeedsHumanError('driver-gone', 'the handoff driver has ended while pages were owed', { next: 'ask the destination whether it waits for pages' });
  }
  return undefined;
}
