import type { Engine } from '../engine';
import { stateAt } from '../../domain/journal';
import { settleExecSessions } from './exec-sessions';
import { insistOnDestination } from './peer-readiness';
import { ensureSourceDriver } from './prepare-source';
import type { Shared } from './shared';
import { insistOnSync } from './sync';
import type { HeldTicket } from './tickets';

/** All that can be done, or can be refused, before anything stands still. */
export async function makeReady(engine: Engine, shared: Shared, held: HeldTicket): Promise<void> {
  if (stateAt(await engine.journal.read(), held.ticket.epoch) !== 'armedS') return;
  await settleExecSessions(engine, held.ticket.execSessions);
  await insistOnDestination(engine, held);
  await ensureSourceDriver(engine, held);
  await insistOnSync(engine, shared, held);
}
