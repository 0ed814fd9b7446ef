import { createInspectOutcome } from '../../activities/inspect-outcome';
import { decideDebt, type Debt } from '../../domain/debt';
import type { EngineStatus } from '../../domain/engine';
import { CarryonError, RefusedError } from '../../domain/errors';
import { holderText } from '../../domain/holder';
import type { App } from '../app';
import type { Observation } from './observe';

/**
 * What `rm --force` does first where a migration holds the service: its engine takes it out of the migration, as far as that is possible
 * without losing it or being wrong about who owns it. Where it is not, force does not help either.
 */
export async function takeFromMigration(app: App, found: Observation): Promise<void> {
  const { status } = found;
  if (!found.outer.running || !status) return;
  switch (status.state) {
    case 'armedS':
    case 'frozen':
    case 'handedOff':
      return giveUp(found, status, 'abort');
    case 'armedD':
    case 'gated':
      return giveUp(found, status, 'discard');
    case 'owing':
      return insistOnPaid(app, found, status);
    case 'absent':
    case 'running':
    case 'relaying':
    case 'retired':
    case 'waiting':
    case 'discarded':
      return undefined;
  }
}

async function giveUp(found: Observation, status: EngineStatus, verb: 'abort' | 'discard'): Promise<void> {
  try {
    await found.orchestrator.engine(found.outer).step(verb, status.migration?.id);
  } catch (error) {
    if (!(error instanceof CarryonError)) throw error;
    throw held(found, status, `cannot be taken from it: ${error.message}`, `See how it goes with: carryon status ${found.outer.service.name}. When it is over, remove the service where it runs then.`, error);
  }
}

/** Memory that a running service still fetches from here is not thrown away on demand. */
async function insistOnPaid(app: App, found: Observation, status: EngineStatus): Promise<void> {
  if ((await debtOf(app, found, status)) !== 'open') return;
  const peer = status.migration?.peer ?? 'its destination';
  throw held(
    found,
    status,
    `still owes it memory that the service at ${peer} cannot do without, or ${peer} could not be asked`,
    `Wait until it is relaying. If ${peer} is gone for good, remove container ${found.outer.id} with the orchestrator itself.`,
  );
}

async function debtOf(app: App, { outer }: Observation, { migration, state, epoch }: EngineStatus): Promise<Debt> {
  if (!migration || !app.config.clusters.some(({ id }) => id === migration.peer)) return 'open';
  const look = createInspectOutcome({ orchestrator: app.orchestrator(migration.peer) });
  const destination = await look({ service: outer.service.id, migration: migration.id }).catch(() => undefined);
  return decideDebt(epoch, { state, epoch }, destination);
}

const held = ({ outer, orchestrator }: Observation, { holder }: EngineStatus, what: string, next: string, cause?: unknown) =>
  new RefusedError('already-migrating', `${outer.service.name} on cluster ${orchestrator.cluster} is held by ${holder ? holderText(holder) : 'a migration'} and ${what}.`, {
    cluster: orchestrator.cluster,
    next,
    cause,
  });
