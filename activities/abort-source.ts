import type { EngineClient } from '../domain/engine';
import { CarryonError, UnavailableError } from '../domain/errors';
import type { Ticket } from '../domain/migration';
import type { Orchestrator } from '../domain/orchestrator';
import type { JournalState } from '../domain/service';
import type { ClusterDependencies } from './dependencies';

/**
 * `in-doubt`: a commit was sent and is not answered; only the destination's journal decides. `ended`: the application has ended by itself
 * (as a rule with its container, which was started again): nothing is frozen, and the source starts anew on the destination's word.
 * `stopped`: the outer container does not run, so nothing of the service does; what its journal says counts when it is started again.
 * `anew`: taken back, but the outer container was restarted meanwhile, and the service began from its image and its files. `gone`: there is no outer container, or none that could run again.
 */
export type AbortAnswer = 'aborted' | 'anew' | 'gone' | 'committed' | 'in-doubt' | 'ended' | 'stopped';

/** Workflows that began before these answers were told apart know both as `aborted`. */
export type AbortInput = Ticket & {
  tellsAnew?: boolean;
  /** The destination can never commit this ticket: what the orchestrator may begin afresh here is the only copy. */
  discarded?: boolean;
};

/** States in which this ticket can be taken back, or has to be asked about. */
const engaged: readonly JournalState[] = ['armedS', 'frozen', 'handedOff'];
const left: readonly JournalState[] = ['owing', 'relaying', 'retired'];

/** Undo of arming the source: afterwards the service runs there, as before if its answer is `aborted`. The engine refuses when a commit may have been sent. */
export const createAbortSource =
  ({ orchestrator }: ClusterDependencies) =>
  async ({ tellsAnew = false, discarded = false, ...ticket }: AbortInput): Promise<AbortAnswer> => {
    const answer = await takeBack(orchestrator, ticket, tellsAnew);
    // One that has ended or is gone may have sent its commit before.
    const stays = answer === 'aborted' || answer === 'anew' || (discarded && (answer === 'gone' || answer === 'stopped'));
    if (stays) await orchestrator.here(ticket.service, ticket.epoch);
    return answer === 'not-ours' || (answer === 'gone' && !tellsAnew) ? 'aborted' : answer;
  };

async function takeBack(orchestrator: Orchestrator, ticket: Ticket, tellsAnew: boolean): Promise<AbortAnswer | 'not-ours'> {
  const container = await orchestrator.find(ticket.service);
  // Without its outer container nothing is frozen that could be let go.
  if (!container || container.over) return 'gone';
  if (!container.running) return 'stopped';
  const engine = orchestrator.engine(container);
  const answer = await abort(engine, ticket);
  return answer === 'aborted' && tellsAnew && (await beganAnew(engine, ticket)) ? 'anew' : answer;
}

/** `not-ours`: nothing of this ticket is left there, and another one may be: as good as aborted, but not to be told to anybody. */
async function abort(engine: EngineClient, { migration, epoch }: Ticket): Promise<AbortAnswer | 'not-ours'> {
  const status = await engine.status();
  if (status.epoch < epoch) return 'aborted';
  if (status.epoch === epoch && left.includes(status.state)) return 'committed';
  if (status.epoch > epoch) return 'not-ours';
  if (!engaged.includes(status.state)) return 'aborted';
  if (status.migration && status.migration.id !== migration) return 'not-ours';
  try {
    await engine.step('abort', migration);
    return 'aborted';
  } catch (error) {
    if (error instanceof CarryonError && error.code === 'committed') return 'committed';
    if (error instanceof CarryonError && error.code === 'in-doubt') return 'in-doubt';
    if (error instanceof CarryonError && error.code === 'not-running') return withoutApplication(engine, epoch, error);
    throw error;
  }
}

async function withoutApplication(engine: EngineClient, epoch: number, error: CarryonError): Promise<AbortAnswer> {
  const status = await engine.status();
  if (status.epoch === epoch && status.state === 'armedS') return 'ended';
  if (status.epoch === epoch && status.state === 'running') return 'aborted';
  throw error;
}

/** In the epoch of this migration. Asked last: a restarted engine may conclude by itself that the service is its own, while it is asked to abort. */
async function beganAnew(engine: EngineClient, { epoch }: Ticket): Promise<boolean> {
  const { state, running, startedIn, cluster, ...now } = await engine.status();
  if (now.epoch !== epoch || state !== 'running') return false;
  if (!running) throw new UnavailableError('not-running-yet', 'the service is this side\'s, and does not run yet: it is being started anew, or has just ended', { cluster });
  return startedIn !== undefined && startedIn >= epoch;
}
