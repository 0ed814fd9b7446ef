import type { Engine } from '../engine';
import { launch } from './launch';
import { loadSpec } from './spec-file';

/** What is left of an owner whose processes are gone: an ordinary restart. */
export const startFresh = (engine: Engine): Promise<void> => engine.turn(() => launchFresh(engine));

/** The same for one who has the turn. */
export async function launchFresh(engine: Engine): Promise<void> {
  const spec = await loadSpec(engine.layout.spec);
  if (!spec) return engine.log.error('the journal says running, but service.json is missing; start the service again');
  await launch(engine, spec, () => waitNoMore(engine));
}

/** What begins afresh needs no pages. */
async function waitNoMore(engine: Engine): Promise<void> {
  const { state, epoch, current } = await engine.journal.read();
  if (state === 'waiting') await engine.journal.append({ epoch, state: 'running', migration: current?.migration, peer: current?.peer });
}
