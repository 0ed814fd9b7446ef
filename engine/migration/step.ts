import type { DriverVerb, StepResult } from '../../domain/engine';
import { RefusedError, UnavailableError } from '../../domain/errors';
import { stateAt } from '../../domain/journal';
import type { Engine } from '../engine';
import { abortAtSource } from './abort';
import { recordAnswer, recordedAnswer } from './answers';
import type { DriverAnswer } from './control-socket';
import { demand, freeze, letGo } from './demand';
import { discardAtDestination } from './discard';
import { finishAtSource } from './finish';
import { noteCircumstances } from './own-dump';
import { liveTicket } from './live-ticket';
import { makeReady } from './make-ready';
import { settle } from './settle';
import { describe } from './step-result';
import type { Shared } from './shared';
import type { HeldTicket } from './tickets';

const atSource: readonly DriverVerb[] = ['handoff', 'freeze', 'final-dump', 'transfer', 'restore', 'commit', 'abort'];

/** One verb of the handoff. Repeated it attaches to the running one, or gets the recorded answer. */
export async function step(engine: Engine, shared: Shared, verb: DriverVerb, migration?: string): Promise<StepResult> {
  const held = await liveTicket(engine, migration);
  if (held.role === 'destination' && atSource.includes(verb)) {
    throw new RefusedError('wrong-side', `${verb} is asked of the source; this engine is the destination`, { next: `send it to the engine in cluster ${held.ticket.source.cluster}` });
  }
  const dir = engine.layout.handoff(held.ticket.migration);
  return shared.run(`${held.ticket.migration}/${verb}`, async () => {
    const recorded = await recordedAnswer(dir, verb);
    if (recorded) return recorded;
    const result = await perform(engine, shared, held, verb);
    await settle(engine);
    const answer = await describe(engine, held, result);
    // An abort or discard removes the directory; those answer from the journal.
    if (verb !== 'abort' && verb !== 'discard') await recordAnswer(dir, verb, answer);
    return answer;
  });
}

async function perform(engine: Engine, shared: Shared, held: HeldTicket, verb: DriverVerb): Promise<DriverAnswer | undefined> {
  switch (verb) {
    case 'abort':
      return abortAtSource(engine, held).catch(tryAgainWhenFull);
    case 'discard':
      return discardAtDestination(engine, shared, held).catch(tryAgainWhenFull);
    case 'finish':
      return finishAtSource(engine, held);
    case 'handoff':
    case 'freeze':
      await makeReady(engine, shared, held);
      return verb === 'freeze' ? freeze(engine, held) : letGo(engine, held, verb);
    case 'final-dump':
      if (stateAt(await engine.journal.read(), held.ticket.epoch) === 'frozen') await noteCircumstances(engine, held);
      return demand(engine, held, verb);
    case 'transfer':
    case 'restore':
      return demand(engine, held, verb);
    case 'commit':
      return letGo(engine, held, verb);
  }
}

const noRoom = ['ENOSPC', 'EDQUOT'];

/** What is undone has no other way: nobody should be called for a disk on which somebody makes room. A step that goes on is taken back instead. */
function tryAgainWhenFull(error: unknown): never {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined || !noRoom.includes(code)) throw error;
  throw new UnavailableError('disk-full', `the disk is full: ${message}`, { next: 'Make room where this cluster keeps containers and volumes.', cause: error });
}
