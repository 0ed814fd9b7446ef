import { NeedsHumanError } from '../domain/errors';
import type { Ticket } from '../domain/migration';
import type { JournalState } from '../domain/service';
import type { ClusterDependencies } from './dependencies';

export interface DiscardDestinationInput {
  serviceId: string;
  /** Absent when the destination was never armed. */
  ticket?: Pick<Ticket, 'migration' | 'epoch'>;
}

const arriving: readonly JournalState[] = ['armedD', 'gated'];
const arrived: readonly JournalState[] = ['running', 'waiting'];

/** Undo of arming the destination; its copy never becomes visible. Called only after the source has taken the service back. */
export const createDiscardDestination =
  ({ orchestrator }: ClusterDependencies) =>
  async ({ serviceId, ticket }: DiscardDestinationInput): Promise<void> => {
    const container = await orchestrator.find(serviceId);
    if (!container?.running || !ticket) return;
    const engine = orchestrator.engine(container);
    const { state, epoch, migration } = await engine.status();
    if (epoch !== ticket.epoch) return;
    if (arrived.includes(state)) {
      throw new NeedsHumanError('destination-runs', `the destination says that it runs epoch ${epoch}, though the source took the service back`, {
        phase: 'rollback',
        cluster: orchestrator.cluster,
        next: 'Stop neither copy by guess: compare both journals with `carryon ps --json`, then remove the wrong one with `carryon rm`.',
      });
    }
    if (!arriving.includes(state) || (migration && migration.id !== ticket.migration)) return;
    await engine.step('discard', ticket.migration);
  };
