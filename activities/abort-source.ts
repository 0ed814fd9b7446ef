import type { EngineClient } from '../domain/engine';
import { CarryonError } from '../domain/errors';
import type { Ticket } from '../domain/migration';
import type { JournalState } from '../domain/service';
import type { ClusterDependencies } from './dependencies';

/**
 * `in-doubt`: a commit was sent and is not answered; only the destination's journal decides. `ended`: the application has ended by itself
 * (as a rule with its container, which was started again): nothing is frozen, and the source starts anew on the destination's word.
 * `stopped`: the outer container does not run, so nothing of the service does; what its journal says counts when it is started again.
 */
export type AbortAnswer = 'aborted' | 'committed' | 'in-doubt' | 'ended' | 'stopped';

/** States in which this ticket can be taken back, or has to be asked about. */
const engaged: readonly JournalState[] = ['armedS', 'frozen', 'handedOff'];
const left: readonly JournalState[] = ['owing', 'relaying', 'retired'];

/** Undo of arming the source: afterwards the service runs there as before. The engine refuses when a commit may have been sent. */
export const createAbortSource =
  ({ orchestrator }: ClusterDependencies) =>
  async ({ service, migration, epoch }: Ticket): Promise<AbortAnswer> => {
    const container = await orchestrator.find(service);
    // Without its outer container nothing is frozen that could be let go.
    if (!container) return 'aborted';
    if (!container.running) return 'stopped';
    const engine = orchestrator.engine(container);
    const status = await engine.status();
    if (status.epoch < epoch) return 'aborted';
    if (status.epoch === epoch && left.includes(status.state)) return 'committed';
    if (status.epoch > epoch || !engaged.includes(status.state)) return 'aborted';
    if (status.migration && status.migration.id !== migration) return 'aborted';
    try {
      await engine.step('abort', migration);
      return 'aborted';
    } catch (error) {
      if (error instanceof CarryonError && error.code === 'committed') return 'committed';
      if (error instanceof CarryonError && error.code === 'in-doubt') return 'in-doubt';
      if (error instanceof CarryonError && error.code === 'not-running') return withoutApplication(engine, epoch, error);
      throw error;
    }
  };

async function withoutApplication(engine: EngineClient, epoch: number, error: CarryonError): Promise<AbortAnswer> {
  const status = await engine.status();
  if (status.epoch === epoch && status.state === 'armedS') return 'ended';
  if (status.epoch === epoch && status.state === 'running') return 'aborted';
  throw error;
}
