import type { Ticket } from '../domain/migration';
import type { ClusterDependencies } from './dependencies';
import { findService } from './find-service';

export interface TellOutcomeInput {
  ticket: Ticket;
  state: 'running' | 'discarded';
}

/** Brings the destination's word to a source in doubt. False when this engine cannot be told this way and must hear it from its peer. */
export const createTellOutcome =
  ({ orchestrator }: ClusterDependencies) =>
  async ({ ticket, state }: TellOutcomeInput): Promise<boolean> => {
    const { engine } = await findService(orchestrator, ticket.service);
    if (!engine.answer) return false;
    await engine.answer(ticket.migration, state);
    if (state === 'discarded') await orchestrator.here(ticket.service, ticket.epoch);
    return true;
  };
