import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { JournalView } from '../../domain/journal';
import type { Engine } from '../engine';
import { afterRestart } from '../journal/allowed';
import { relayEpoch } from '../journal/relay-epoch';
import { askDestinationUntilSure } from '../migration/ask-destination';
import { askSourceUntilSure } from '../migration/ask-source';
import { closeQuestion, isQuestionOpen, openQuestion } from '../migration/question';
import { readIfThere } from '../read-file';
import { noteForgotten } from './relay-forgot';
import { loadSpec } from './spec-file';
import { launchFresh, startFresh } from './start-fresh';

/** What an engine finds when it begins: its own restart changes nothing; a restarted container has lost all kernel state. */
export interface Found {
  fresh: boolean;
  view: JournalView;
}

/** Before anybody can ask this engine: what a restarted container no longer knows is noted, so that its first answer says so. */
export async function lookAround(engine: Pick<Engine, 'journal' | 'layout' | 'log' | 'tickets'>): Promise<Found> {
  const { began } = engine.layout;
  // /run is a tmpfs: what is in it was made since the container started.
  const fresh = (await readIfThere(began)) === undefined;
  const view = await engine.journal.read();
  engine.log.info({ state: view.state, epoch: view.epoch, fresh }, fresh ? 'container started' : 'engine restarted');
  if (fresh) {
    await mkdir(dirname(began), { recursive: true });
    await noteForgotten(engine, view.epoch);
    // A newer ticket may be on disk whose arming was never recorded.
    const asks = ['ask-destination', 'ask-source'].includes(afterRestart(view.state));
    if (asks && (await engine.tickets.at(view.epoch))) await openQuestion(engine, view.epoch);
    // Last: an engine that dies before begins anew here as the first one.
    await writeFile(began, '');
  }
  return { fresh, view };
}

export async function reattach(engine: Engine, { fresh, view }: Found, signal: AbortSignal): Promise<void> {
  if (!fresh) await engine.turn(() => reattachToKernel(engine));
  if (!fresh && !(await isQuestionOpen(engine, view.epoch))) return;
  switch (afterRestart(view.state)) {
    case 'start-fresh':
      // Otherwise concluded: started above, if it was not yet.
      return fresh ? startFresh(engine) : undefined;
    case 'relay':
      return relayAgain(engine);
    case 'ask-destination':
      return ask(engine, view.epoch, askDestinationUntilSure, signal);
    case 'ask-source':
      await relayAgain(engine);
      return ask(engine, view.epoch, askSourceUntilSure, signal);
    case 'nothing':
      return relayAgain(engine);
  }
}

/** In a turn: a start that somebody asks for meanwhile is not mistaken for one that the last engine left. */
async function reattachToKernel(engine: Engine): Promise<void> {
  const [{ state }, sandbox] = await Promise.all([engine.journal.read(), engine.sandbox.find()]);
  const runs = sandbox !== undefined && (await engine.sandbox.concludeStart(sandbox));
  if (runs && (state === 'running' || state === 'armedS')) await engine.init.main(sandbox.pid);
  // The last engine died between its record and the application's first instruction. Init would take the end of a sandbox that it has left for that of the service.
  if (!runs && (state === 'running' || state === 'waiting')) {
    if (sandbox) await engine.init.none();
    await launchFresh(engine);
  }
}

async function relayAgain(engine: Engine): Promise<void> {
  const epoch = relayEpoch(await engine.journal.read());
  const [held, spec] = await Promise.all([epoch === undefined ? undefined : engine.tickets.at(epoch), loadSpec(engine.layout.spec)]);
  if (held && spec) await engine.network.relay(spec, held.ticket);
}

/** In the background: the API answers meanwhile, and the state says what is waited for: the question was opened when the container had started. */
async function ask(engine: Engine, epoch: number, question: typeof askSourceUntilSure, signal: AbortSignal): Promise<void> {
  const held = await engine.tickets.at(epoch);
  if (!held) return engine.log.error('the journal tells of a migration whose ticket is missing; nothing is started');
  void question(engine, held, signal)
    .then(() => (signal.aborted ? undefined : closeQuestion(engine)))
    .catch((error: unknown) => engine.log.error({ reason: String(error) }, 'could not settle with the peer'));
}
