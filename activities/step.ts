import type { DriverVerb, StepResult } from '../domain/engine';
import type { Ticket } from '../domain/migration';
import type { ClusterDependencies } from './dependencies';
import { findService } from './find-service';
import { withHeartbeat } from './heartbeat';

export interface StepInput {
  ticket: Ticket;
  verb: Exclude<DriverVerb, 'abort' | 'discard'>;
}

/** One verb of the native driver at this engine. A repeated call attaches to the running verb or returns its recorded answer. */
export const createStep =
  ({ orchestrator }: ClusterDependencies) =>
  async ({ ticket, verb }: StepInput): Promise<StepResult> => {
    const { engine } = await findService(orchestrator, ticket.service);
    const look = async () => ({ bytes: (await engine.migration())?.bytesSent ?? 0 });
    return withHeartbeat(engine.step(verb, ticket.migration), look);
  };
