import { setTimeout as sleep } from 'node:timers/promises';
import { NeedsHumanError, RefusedError, UnavailableError } from '../../domain/errors';
import type { JournalState } from '../../domain/service';
import type { Engine } from '../engine';
import { stateAt } from '../../domain/journal';
import type { DriverAnswer } from './control-socket';
import { driverFailure } from './driver-failure';
import type { HeldTicket } from './tickets';

const lookEveryMs = 50;

/** Waits until the destination has all pages, then the frozen tree is destroyed; the outer container stays as relay. */
export async function finishAtSource(engine: Engine, held: HeldTicket): Promise<DriverAnswer | undefined> {
  const state = await stateOf(engine, held);
  if (held.role === 'source') {
    insistOnCommit(held, state);
    // Init would end the outer container when the frozen tree's PID 1 goes.
    await engine.init.none();
  }
  const answer = await untilFinished(engine, held);
  if (answer && !answer.ok) throw driverFailure('finish', answer);
  // It may have been taken back meanwhile.
  if (held.role === 'source') insistOnCommit(held, await stateOf(engine, held));
  return answer;
}

/** Undefined when a driver had finished by itself, and ended before it was asked. One that dies while pages are owed is started again. */
async function untilFinished(engine: Engine, held: HeldTicket): Promise<DriverAnswer | undefined> {
  for (;;) {
    const answer = await askToFinish(engine, held);
    if (answer || (await stateOf(engine, held)) !== 'owing') return answer;
    await insistOnPages(engine, held);
    await engine.drivers.revive('source', engine.layout.handoff(held.ticket.migration));
  }
}

/** They lie in the frozen tree, and a restart of the outer container takes it along. */
async function insistOnPages(engine: Engine, { ticket }: HeldTicket): Promise<void> {
  if (await engine.sandbox.find()) return;
  throw new NeedsHumanError('pages-lost', `the frozen application is gone, and with it the pages that "${ticket.destination.cluster}" had not fetched yet`, {
    next: `look whether the service still answers in cluster ${ticket.destination.cluster}; when it stands still, remove it with \`carryon rm\`, keeping the volumes, and run it anew there`,
  });
}

const stateOf = async (engine: Engine, { ticket }: HeldTicket): Promise<JournalState> => stateAt(await engine.journal.read(), ticket.epoch);

function insistOnCommit({ ticket }: HeldTicket, state: JournalState): void {
  if (state === 'owing' || state === 'relaying' || state === 'retired') return;
  throw new RefusedError('not-committed', `migration ${ticket.migration} is not committed (${state})`, { next: 'commit or abort it first' });
}

/** Undefined when there is no driver any more. */
async function askToFinish(engine: Engine, { ticket }: HeldTicket): Promise<DriverAnswer | undefined> {
  const dir = engine.layout.handoff(ticket.migration);
  if (!(await engine.drivers.alive(dir))) return undefined;
  const asked = engine.drivers.ask(dir, { do: 'finish' }).catch((error: unknown) => {
    if (error instanceof UnavailableError) return undefined;
    throw error;
  });
  return untilPaid(engine, ticket.epoch, asked);
}

/** A driver that is done already lingers without answering; the journal tells earlier. */
async function untilPaid<T>(engine: Engine, epoch: number, asked: Promise<T>): Promise<T | undefined> {
  let answered = false;
  const answer = asked.finally(() => (answered = true));
  const paid = async () => {
    while (!answered && stateAt(await engine.journal.read(), epoch) === 'owing') await sleep(lookEveryMs);
    return undefined;
  };
  return Promise.race([answer, paid()]);
}
