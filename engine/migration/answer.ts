import type { StepResult } from '../../domain/engine';
import { RefusedError } from '../../domain/errors';
import type { Engine } from '../engine';
import { stateAt } from '../../domain/journal';
import { conclude } from './ask-destination';
import type { DriverAnswer } from './control-socket';
import { driverFailure } from './driver-failure';
import { liveTicket } from './live-ticket';
import { isQuestionOpen } from './question';
import { settle } from './settle';
import { describe } from './step-result';
import type { HeldTicket } from './tickets';

/** What the destination's journal says of the migration, learnt by another path than ours. */
export type Word = 'running' | 'discarded';

/** Ends a source's doubt with what the coordinators have read at the destination. Nothing happens where there is no doubt. */
export async function hearAnswer(engine: Engine, migration: string, word: Word): Promise<StepResult> {
  const held = await liveTicket(engine, migration);
  if (held.role === 'destination') {
    throw new RefusedError('wrong-side', 'the answer is for the source; this engine is the destination', { next: `send it to the engine in cluster ${held.ticket.source.cluster}` });
  }
  const answer = await pass(engine, held, word);
  if (answer && !answer.ok) throw driverFailure('answer', answer);
  await settle(engine);
  return describe(engine, held, answer);
}

async function pass(engine: Engine, held: HeldTicket, word: Word): Promise<DriverAnswer | undefined> {
  const dir = engine.layout.handoff(held.ticket.migration);
  const request = { do: 'answer', state: word };
  if (await engine.drivers.alive(dir)) return engine.drivers.ask(dir, request);
  // The container was restarted: there is no frozen tree that a driver would have to let go, but what is restored of its dump at most.
  if ((await isQuestionOpen(engine, held.ticket.epoch)) || !(await engine.sandbox.find())) {
    // Nobody has looked at its pages: whether any are owed, the same coordinators find out.
    await engine.turn(() => conclude(engine, held, { state: word, owed: held.ticket.strategy === 'post-copy' }));
    return undefined;
  }
  if (stateAt(await engine.journal.read(), held.ticket.epoch) !== 'handedOff') return undefined;
  await engine.drivers.revive('source', dir);
  return engine.drivers.ask(dir, request);
}
