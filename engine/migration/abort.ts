import { MigrationFailedError, RefusedError, UnavailableError } from '../../domain/errors';
import type { Engine } from '../engine';
import { stateAt } from '../../domain/journal';
import { askDestination, concludeFrom, type Conclusion } from './ask-destination';
import type { DriverAnswer } from './control-socket';
import { driverFailure } from './driver-failure';
import { wasReady } from './events';
import type { HeldTicket } from './tickets';

/** What the destination says of the migration, asked when the source is in doubt. */
type Word = () => Promise<Conclusion>;

/** The service goes on here. Refused as soon as the commit may have been sent, unless the destination's word is that it has not got it. */
export async function abortAtSource(engine: Engine, held: HeldTicket, word: Word = () => destinationsWord(engine, held)): Promise<DriverAnswer | undefined> {
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
      throw committed(held);
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
  if (await engine.drivers.alive(dir)) return askToAbort(engine, held, word);
  // `armedS` lasts until all is frozen: a driver that lived may have held packets, and stopped the application. Only a driver undoes that.
  if (state === 'armedS' && !(await mayHaveActed(engine, dir))) return abortAlone(engine, held);
  await engine.drivers.revive('source', dir);
  return askToAbort(engine, held, word);
}

/** A configuration alone means little: a driver that never became ready was never asked for anything, and may not start now either. */
async function mayHaveActed(engine: Engine, dir: string): Promise<boolean> {
  return (await wasReady(dir)) && (await engine.sandbox.find()) !== undefined;
}

const committed = ({ ticket }: HeldTicket) =>
  new RefusedError('committed', `migration ${ticket.migration} is committed: the service runs in cluster ${ticket.destination.cluster}`, { next: 'go on with finish' });

async function askToAbort(engine: Engine, held: HeldTicket, word: Word): Promise<DriverAnswer> {
  const dir = engine.layout.handoff(held.ticket.migration);
  const answer = await engine.drivers.ask(dir, { do: 'abort' });
  if (answer.ok) return answer;
  // It tries to record that again by itself, until it can.
  if (answer.code === 'journal') throw new UnavailableError('journal', answer.message, { next: 'Make room for the volumes of the source, if its disk is full.' });
  if (answer.code !== 'in-doubt') throw driverFailure('abort', answer);
  // The drivers do not reach each other; the engines may.
  const verdict = await word();
  if (verdict === 'unknown') throw driverFailure('abort', answer);
  const told = await engine.drivers.ask(dir, { do: 'answer', state: verdict === 'ours' ? 'discarded' : 'running' });
  if (!told.ok) throw driverFailure('abort', told);
  if (verdict === 'theirs') throw committed(held);
  return told;
}

async function destinationsWord(engine: Engine, held: HeldTicket): Promise<Conclusion> {
  const word = await askDestination(engine, held);
  return word ? concludeFrom(word.state) : 'unknown';
}

/** No driver ever held or froze anything, so no commit was sent: this engine may decide. */
async function abortAlone(engine: Engine, { ticket }: HeldTicket): Promise<undefined> {
  await engine.turn(async () => {
    const view = await engine.journal.read();
    if (view.epoch !== ticket.epoch || view.state !== 'armedS') throw new UnavailableError('changed', 'the state changed meanwhile', { next: 'ask again' });
    if (!(await engine.sandbox.find())) throw new MigrationFailedError('not-running', 'the application has ended');
    const { state } = await engine.journal.append({ epoch: ticket.epoch, state: 'running', migration: ticket.migration });
    if (state !== 'running') throw new UnavailableError('changed', 'the state changed meanwhile', { next: 'ask again' });
  });
}
