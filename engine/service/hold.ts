import { rm, writeFile } from 'node:fs/promises';
import { RefusedError, UnavailableError } from '../../domain/errors';
import { holderText, migrating, type HoldingCommand } from '../../domain/holder';
import type { JournalView } from '../../domain/journal';
import type { Engine } from '../engine';
import { mayHold } from '../journal/allowed';
import { demandOfOwing } from '../migration/demand';
import { insistOnOwnPages } from '../migration/own-pages';
import { isExpected, uptimeMs } from '../migration/stay';
import { readIfThere } from '../read-file';
import { insist } from '../refusal';

export interface HoldRequest {
  command: HoldingCommand;
  /** The command is done, or given up, by then. 0 ends the hold. */
  forMs: number;
  /** The loss of what is here is taken: what a migration has left frozen ends at once. */
  force?: boolean;
}

interface Note {
  command: HoldingCommand;
  /** On this host's own clock, ms. */
  until: number;
}

/** A user's command is about to change the service: until it is done, no ticket is taken. In a turn, so that neither overtakes the other. */
export async function hold(engine: Engine, { command, forMs, force = false }: HoldRequest): Promise<void> {
  if (forMs === 0) return rm(engine.layout.held, { force: true });
  await insistOnFree(engine, command);
  const view = await engine.journal.read();
  insist(mayHold(view, command, force));
  if (!force && view.state === 'running') await insistOnOwnPages(engine, view);
  if (!force && (await isExpected(engine))) {
    throw new UnavailableError('expected', 'a migration is about to come here', { next: 'see carryon status; try again when it has come, or has given up' });
  }
  await writeFile(engine.layout.held, JSON.stringify({ command, until: uptimeMs() + forMs } satisfies Note));
  // What may be held although a migration has it was given up.
  if (migrating.includes(view.state)) await endFrozen(engine, view);
}

/** Where cgroups are of version 1, what is frozen outlives the kill of its container, and the orchestrator waits for it for ever. */
async function endFrozen(engine: Engine, { state, epoch }: JournalView): Promise<void> {
  await engine.init.none();
  const owed = state === 'owing' && (await engine.sandbox.find()) ? await engine.tickets.at(epoch) : undefined;
  // Its CRIU is in that sandbox, which does not end before the driver has reaped it.
  if (owed) await demandOfOwing(engine, owed, 'retire');
  else await engine.sandbox.destroy();
}

/** The command that holds the service now; ends by itself, should whoever gave it be gone. */
export async function heldBy({ layout }: Engine): Promise<HoldingCommand | undefined> {
  const text = await readIfThere(layout.held);
  const note = text === undefined || text === '' ? undefined : (JSON.parse(text) as Note);
  return note && note.until > uptimeMs() ? note.command : undefined;
}

/** Refuses what a command of a user excludes; the same command may be given again. */
export async function insistOnFree(engine: Engine, command?: HoldingCommand): Promise<void> {
  const holding = await heldBy(engine);
  if (holding === undefined || holding === command) return;
  const { epoch } = await engine.journal.read();
  throw new RefusedError('held', `${holderText({ kind: 'command', command: holding, epoch })} holds this service`, { next: 'wait until it is done' });
}
