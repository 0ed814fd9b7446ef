import type { Kept, KeepRequest } from '../../domain/engine';
import { RefusedError } from '../../domain/errors';
import type { Engine } from '../engine';
import { stateAt } from '../../domain/journal';
import { launch } from '../service/launch';
import { loadSpec } from '../service/spec-file';
import { abortAtSource } from './abort';
import { demandOfOwing } from './demand';
import { wasRestored } from './own-dump';
import { isQuestionOpen } from './question';
import { takeBack } from './take-back';
import type { HeldTicket } from './tickets';

export async function keepAtSource(engine: Engine, held: HeldTicket, { seen, afresh = false }: Pick<KeepRequest, 'seen' | 'afresh'>): Promise<Kept> {
  switch (seen) {
    case 'armedS':
    case 'frozen':
      // No commit was sent, unless a restart has lost the line about it: this side decides alone. That nothing was restarted since is checked by now.
      if (!(await isQuestionOpen(engine, held.ticket.epoch))) {
        await abortAtSource(engine, held);
        return 'resumed';
      }
      return endDoubt(engine, held, afresh);
    case 'handedOff':
      return endDoubt(engine, held, afresh);
    case 'owing':
      return (await engine.sandbox.find()) ? thaw(engine, held) : beginAfresh(engine, held);
    case 'running':
      return 'already';
    case 'absent':
    case 'relaying':
    case 'retired':
    case 'armedD':
    case 'gated':
    case 'waiting':
    case 'discarded':
      throw new RefusedError('nothing-to-keep', `the journal says ${seen}: nothing of migration ${held.ticket.migration} can go on here`, {
        next: `the service is in cluster ${held.ticket.destination.cluster}`,
      });
  }
}

/** As if the destination's journal said `discarded`. */
async function endDoubt(engine: Engine, held: HeldTicket, afresh: boolean): Promise<Kept> {
  const stood = !(await isQuestionOpen(engine, held.ticket.epoch)) && (await engine.sandbox.find()) !== undefined;
  await takeBack(engine, held, afresh);
  const state = stateAt(await engine.journal.read(), held.ticket.epoch);
  if (state === 'running') return stood || (await wasRestored(engine, held)) ? 'resumed' : 'afresh';
  throw new RefusedError('committed', `the destination's acknowledgement has just come (${state})`, { next: `the service runs in cluster ${held.ticket.destination.cluster}` });
}

/** Only a driver thaws: it mends the sockets and leads the packets back. */
async function thaw(engine: Engine, held: HeldTicket): Promise<Kept> {
  await demandOfOwing(engine, held, 'take-back');
  return 'taken-back';
}

/** The frozen tree went with an earlier restart of this container, and what it owed with it. */
async function beginAfresh(engine: Engine, { ticket }: HeldTicket): Promise<Kept> {
  await engine.turn(async () => {
    const spec = await loadSpec(engine.layout.spec);
    if (!spec) throw new RefusedError('nothing-to-keep', 'service.json is missing: nobody knows what ran here', { next: 'start the service anew with `carryon run`' });
    // What was led to the destination since is for this side again.
    await engine.network.tearDownAll();
    await launch(engine, spec, async () => {
      await engine.journal.append({ epoch: ticket.epoch, state: 'running', migration: ticket.migration, peer: ticket.destination.cluster });
    });
  });
  return 'afresh';
}
