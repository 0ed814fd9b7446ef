import type { DriverEvent } from '../domain/engine';
import type { Ticket } from '../domain/migration';
import type { Testimony } from '../domain/outcome';
import type { ClusterDependencies } from './dependencies';

export interface InspectOutcomeResult extends Testimony {
  /** Absent when the engine's newest migration is another one. */
  events?: DriverEvent[];
  bytesSent: number;
  /** It was restarted and waits for its peer's word: what had been restored or frozen in it is gone. */
  asks?: boolean;
  /** It waits for pages that nobody fetches any more. */
  stranded?: boolean;
}

/** What this engine's journal says; null when its outer container is gone. */
export const createInspectOutcome =
  ({ orchestrator }: ClusterDependencies) =>
  async ({ service, migration }: Pick<Ticket, 'service' | 'migration'>): Promise<InspectOutcomeResult | null> => {
    const container = await orchestrator.find(service);
    if (!container) return null;
    if (!container.running) return { state: 'absent', epoch: 0, stopped: true, bytesSent: 0 };
    const engine = orchestrator.engine(container);
    const { state, epoch, asks, stranded } = await engine.status();
    const told = await engine.migration();
    const ours = told?.migration === migration ? told : undefined;
    return { state, epoch, ...(ours && { events: ours.events }), bytesSent: ours?.bytesSent ?? 0, ...(asks && { asks }), ...(stranded && { stranded }) };
  };
