import type { PrepareRequest } from '../../domain/engine';
import type { Engine } from '../engine';
import { arm } from './arm';
import { checkTicket } from './check-ticket';
import { prepareDestination } from './prepare-destination';
import { prepareSource } from './prepare-source';
import type { Shared } from './shared';

export const preparation = (migration: string) => `${migration}/prepare`;

/** Arms this side and makes it ready. Repeated for the same ticket it attaches, or finds everything done. */
export async function prepare(engine: Engine, shared: Shared, request: PrepareRequest): Promise<void> {
  checkTicket(request, engine);
  await engine.turn(() => arm(engine, request));
  await shared.run(preparation(request.ticket.migration), () => (request.role === 'source' ? prepareSource(engine, request) : prepareDestination(engine, request)));
}
