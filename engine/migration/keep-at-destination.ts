import { rm } from 'node:fs/promises';
import type { Kept } from '../../domain/engine';
import { RefusedError } from '../../domain/errors';
import type { JournalState } from '../../domain/service';
import type { Engine } from '../engine';
import { stateAt } from '../../domain/journal';
import { loadSpec } from '../service/spec-file';
import { startFresh } from '../service/start-fresh';
import { concludeArrival } from './ask-source';
import { demand } from './demand';
import { driverFailure } from './driver-failure';
import { isQuestionOpen } from './question';
import type { HeldTicket } from './tickets';

export async function keepAtDestination(engine: Engine, held: HeldTicket, seen: JournalState): Promise<Kept> {
  switch (seen) {
    case 'armedD':
    case 'gated':
      if (await isQuestionOpen(engine, held.ticket.epoch)) return beginAfresh(engine, held);
      if (seen === 'gated') return commitByProof(engine, held);
      throw nothingToKeep(held, 'nothing has arrived here yet');
    case 'waiting':
      return giveUpWaiting(engine, held);
    case 'running':
      return 'already';
    case 'absent':
    case 'armedS':
    case 'frozen':
    case 'handedOff':
    case 'owing':
    case 'relaying':
    case 'retired':
    case 'discarded':
      throw nothingToKeep(held, `the journal says ${seen}`);
  }
}

const nothingToKeep = ({ ticket }: HeldTicket, why: string) =>
  new RefusedError('nothing-to-keep', `${why}: nothing of migration ${ticket.migration} can go on here`, { next: `look at cluster ${ticket.source.cluster}` });

/** As if the source said that it had the acknowledgement. What had been restored went with the restart of this container. */
async function beginAfresh(engine: Engine, held: HeldTicket): Promise<Kept> {
  if (!(await loadSpec(engine.layout.spec))) throw nothingToKeep(held, 'not even the specification of the service has arrived here');
  await engine.turn(() => concludeArrival(engine, held, true));
  const state = stateAt(await engine.journal.read(), held.ticket.epoch);
  if (state !== 'running') throw nothingToKeep(held, `the journal says ${state} by now`);
  return 'afresh';
}

/** Init is told first: the tree that ends here is not the service's end. Unless the driver refuses: its pages may have come. */
async function endTree(engine: Engine, dir: string): Promise<void> {
  const sandbox = await engine.sandbox.find();
  await engine.init.none();
  const answer = await engine.drivers.ask(dir, { do: 'give-up' });
  if (answer.ok) return;
  if (sandbox) await engine.init.main(sandbox.pid);
  throw driverFailure('give-up', answer);
}

/** The whole copy is here, frozen and fenced, and its source is dead: that ends the doubt as a commit does. */
export async function commitByProof(engine: Engine, held: HeldTicket): Promise<Kept> {
  await demand(engine, held, 'commit');
  return 'committed';
}

/** A driver that is dead has left a keeper, who goes with the tree. */
async function giveUpWaiting(engine: Engine, held: HeldTicket): Promise<Kept> {
  const dir = engine.layout.handoff(held.ticket.migration);
  if (!(await loadSpec(engine.layout.spec))) throw nothingToKeep(held, 'service.json is missing: nobody knows what is to begin afresh');
  if (await engine.drivers.alive(dir)) await endTree(engine, dir);
  else await engine.init.none();
  await startFresh(engine);
  if (await engine.drivers.ended(dir)) await rm(dir, { recursive: true, force: true });
  return 'afresh';
}
