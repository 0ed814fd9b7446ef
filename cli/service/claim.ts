import { CarryonError, UnavailableError } from '../../domain/errors';
import type { HoldingCommand } from '../../domain/holder';
import type { Observation } from './observe';

/**
 * Has the service's engine note that this command holds it, so that no migration begins meanwhile; refused while one holds it. A container
 * that does not run has no engine, and takes no ticket. Resolves with what gives it free again, should the command come to nothing.
 */
export async function claim({ orchestrator, outer, status }: Observation, command: HoldingCommand, forMs: number, options: { force?: boolean } = {}): Promise<() => Promise<void>> {
  if (!outer.running) return () => Promise.resolve();
  if (!status) {
    throw new UnavailableError('engine-silent', `The engine of ${outer.service.name} on cluster ${orchestrator.cluster} does not answer, so whether a migration holds it is not known.`, {
      cluster: orchestrator.cluster,
      next: 'Try again in a moment; if this stays, look at the outer container with the orchestrator itself.',
    });
  }
  const engine = orchestrator.engine(outer);
  try {
    await engine.hold(command, forMs, options);
  } catch (error) {
    // An engine of an earlier version has no holds.
    if (!(error instanceof CarryonError) || error.code !== 'not-found') throw error;
    return () => Promise.resolve();
  }
  return () => engine.hold(command, 0);
}
