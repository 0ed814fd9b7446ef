import { MigrationFailedError, NeedsHumanError, RefusedError, UnavailableError } from '../../domain/errors';
import type { Engine } from '../engine';
import { stateAt } from '../journal/reduce';
import type { DriverAnswer } from './control-socket';
import { driverFailure } from './driver-failure';
import type { HeldTicket } from './tickets';

/** The service goes on here. Refused as soon as the commit may have been sent. */
export async function abortAtSource(engine: Engine, held: HeldTicket): Promise<DriverAnswer | undefined> {
  const { ticket } = held;
  const dir = engine.layout.handoff(ticket.migration);
  const state = stateAt(await engine.journal.read(), ticket.epoch);
  switch (state) {
    case 'running':
    case 'absent':
      return undefined;
    case 'owing':
    case 'relaying':
    case 'retired':
      throw new RefusedError('committed', `migration ${ticket.migration} is committed: the service runs in cluster ${ticket.destination.cluster}`, { next: 'go on with finish' });
    case 'armedS':
    case 'frozen':
    case 'handedOff':
      break;
    case 'armedD':
    case 'gated':
    case 'waiting':
    case 'discarded':
      throw new RefusedError('wrong-side', `the journal says ${state}: this engine is the destination`, { next: 'discard instead' });
  }
  if (await engine.drivers.alive(dir)) return askToAbort(engine, dir);
  if (state === 'armedS') return abortAlone(engine, held);
  throw new NeedsHumanError('driver-gone', `the handoff driver has ended while the service was ${state}`, { next: 'the service stays frozen here; see the driver log, then resolve' });
}

async function askToAbort(engine: Engine, dir: string): Promise<DriverAnswer> {
  const answer = await engine.drivers.ask(dir, { do: 'abort' });
  if (!answer.ok) throw driverFailure('abort', answer);
  return answer;
}

/** No driver ever froze anything, so no commit was sent: this engine may decide. */
async function abortAlone(engine: Engine, { ticket }: HeldTicket): Promise<undefined> {
  await engine.turn(async () => {
    const view = await engine.journal.read();
    if (view.epoch !== ticket.epoch || view.state !== 'armedS') throw new UnavailableError('changed', 'the state changed meanwhile', { next: 'ask again' });
    if (!(await engine.sandbox.find())) throw new MigrationFailedError('not-running', 'the application has ended');
    await engine.journal.append({ epoch: ticket.epoch, state: 'running', migration: ticket.migration });
  });
}
