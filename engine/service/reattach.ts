import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { JournalView } from '../../domain/journal';
import type { Engine } from '../engine';
import { afterRestart } from '../journal/allowed';
import { relayEpoch } from '../journal/relay-epoch';
import { askDestinationUntilSure } from '../migration/ask-destination';
import { askSourceUntilSure } from '../migration/ask-source';
import { closeQuestion, isQuestionOpen, openQuestion } from '../migration/question';
import { noteForgotten } from './relay-forgot';
import { readIfThere } from '../read-file';
import { loadSpec } from './spec-file';
import { startFresh } from './start-fresh';

/** What an engine finds when it begins: its own restart changes nothing; a restarted container has lost all kernel state. */
export interface Found {
  fresh: boolean;
  view: JournalView;
}

/** Before anybody can ask this engine: what a restarted container no longer knows is noted, so that its first answer says so. */
export async function lookAround(engine: Engine): Promise<Found> {
  const [fresh, view] = await Promise.all([isFreshContainer(engine), engine.journal.read()]);
  engine.log.info({ state: view.state, epoch: view.epoch, fresh }, fresh ? 'container started' : 'engine restarted');
  if (fresh) {
    await mkdir(dirname(mark(engine)), { recursive: true });
    await noteForgotten(engine, view.epoch);
    // A newer ticket may be on disk whose arming was never recorded.
    const asks = ['ask-destination', 'ask-source'].includes(afterRestart(view.state));
    if (asks && (await engine.tickets.at(view.epoch))) await openQuestion(engine, view.epoch);
    // Last: an engine that dies before begins anew here as the first one.
    await writeFile(mark(engine), '');
  }
  return { fresh, view };
}

export async function reattach(engine: Engine, { fresh, view }: Found, signal: AbortSignal): Promise<void> {
  if (!fresh) await reattachToKernel(engine);
  if (!fresh && !(await isQuestionOpen(engine, view.epoch))) return;
  switch (afterRestart(view.state)) {
    case 'start-fresh':
      // Otherwise concluded: started above, if it was not yet.
      return fresh ? startFresh(engine) : undefined;
    case 'relay':
      return relayAgain(engine);
    case 'ask-destination':
      return ask(engine, askDestinationUntilSure, signal);
    case 'ask-source':
      await relayAgain(engine);
      return ask(engine, askSourceUntilSure, signal);
    case 'nothing':
      return relayAgain(engine);
  }
}

/** /run is a tmpfs: what is in it was made since the container started. */
const mark = ({ layout }: Engine) => join(dirname(layout.sandbox), 'engine-began');

const isFreshContainer = async (engine: Engine): Promise<boolean> => (await readIfThere(mark(engine))) === undefined;

async function reattachToKernel(engine: Engine): Promise<void> {
  const [view, sandbox] = await Promise.all([engine.journal.read(), engine.sandbox.find()]);
  if (sandbox && (view.state === 'running' || view.state === 'armedS')) await engine.init.main(sandbox.pid);
  // The last engine died between its record and the start.
  if (!sandbox && (view.state === 'running' || view.state === 'waiting')) await startFresh(engine);
}

async function relayAgain(engine: Engine): Promise<void> {
  const epoch = relayEpoch(await engine.journal.read());
  const [held, spec] = await Promise.all([epoch === undefined ? undefined : engine.tickets.at(epoch), loadSpec(engine.layout.spec)]);
  if (held && spec) await engine.network.relay(spec, held.ticket);
}

/** In the background: the API answers meanwhile, and the state says what is waited for. */
async function ask(engine: Engine, question: typeof askSourceUntilSure, signal: AbortSignal): Promise<void> {
  const { epoch } = await engine.journal.read();
  const held = await engine.tickets.at(epoch);
  if (!held) return engine.log.error('the journal tells of a migration whose ticket is missing; nothing is started');
  await openQuestion(engine, epoch);
  void question(engine, held, signal)
    .then(() => (signal.aborted ? undefined : closeQuestion(engine)))
    .catch((error: unknown) => engine.log.error({ reason: String(error) }, 'could not settle with the peer'));
}
