import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { CancellationScope, ChildWorkflowCancellationType, condition, getExternalWorkflowHandle, isCancellation, ParentClosePolicy, patched, startChild, workflowInfo } from '@temporalio/workflow';
import type { MigrationPlan } from '../domain/migration';
import { migrationQueueId } from '../domain/names';
import { defaultPolicy } from '../domain/policy';
import { enterQueue, queuedText, type QueueRequest, type SlotRequest } from '../domain/queue';
import { deployment } from './coordinators';
import { refused } from './failures';
import { enterQueueSignal, leaveQueueSignal } from './messages';
import type { Migration } from './migration';
import { migrationQueue } from './migration-queue';
import type { Planned } from './plan';

/** Waits until it may be planned: the clusters look into some migrations at a time, however many are asked for. */
export async function takeTurn(migration: Migration): Promise<void> {
  if (!inTurn()) return;
  const { workflowId, runId } = workflowInfo();
  const { to, priority } = migration.request;
  const request: QueueRequest = { workflowId, runId, to, priority, plans: true };
  migration.slot = 'asked-to-plan';
  await enter(request);
  if (await waited(migration, 'plans', request)) migration.begins();
}

const inTurn = () => patched('planned-in-turn');
/** Whoever waits asks again this often and keeps its place: a queue that was ended by somebody's hand begins anew with those that still want something. */
const askAgainAfter = '1 minute';

/** Waits until both clusters have a slot. What was planned before a wait may not hold any more, so it is planned `again`. */
export async function takeSlot(migration: Migration, planned: Planned, again: () => Promise<Planned>): Promise<Planned> {
  if (!patched('migration-queue')) return planned;
  const request = requestOf(migration, planned);
  migration.slot = 'asked';
  await enter(request);
  if (!(await waited(migration, 'granted', request))) return planned;
  migration.begins();
  const now = await again();
  insistOnRoute(planned.plan, now.plan);
  return now;
}

/** Resolves when it was given; false when it was so without a wait. */
async function waited(migration: Migration, given: 'plans' | 'granted', request: QueueRequest): Promise<boolean> {
  await askingAgain(() => migration.slot === given || migration.queued !== undefined, request);
  if (migration.queued === undefined) return false;
  await showWaiting(migration);
  const { behind, cluster } = migration.queued;
  await migration.during('queue', queuedText(behind, cluster), () => askingAgain(() => migration.slot === given, request));
  return true;
}

/** What it moves where is known from its plan on, which may be long in coming: until then, who lists migrations sees what was asked for. */
async function showWaiting(migration: Migration): Promise<void> {
  if (migration.plan || !patched('seen-while-it-waits')) return;
  try {
    migration.searchable = (await deployment().listClusters()).searchAttributes;
  } catch (error) {
    if (isCancellation(error)) throw error;
    // It waits on unseen.
    return;
  }
  migration.showRequest();
}

async function askingAgain(heard: () => boolean, request: QueueRequest): Promise<void> {
  if (!inTurn()) return condition(heard);
  while (!(await condition(heard, askAgainAfter))) await enter(request);
}

function requestOf({ request }: Migration, { plan, facts }: Planned): SlotRequest {
  const { workflowId, runId } = workflowInfo();
  return {
    workflowId,
    runId,
    from: plan.from,
    to: plan.to,
    priority: request.priority,
    out: (facts.source.policy ?? defaultPolicy).limits.migrationsOut,
    in: (facts.destination.policy ?? defaultPolicy).limits.migrationsIn,
  };
}

/** The queue ends whenever it is empty; whoever finds it so begins it anew. */
async function enter(request: QueueRequest): Promise<void> {
  for (;;) {
    try {
      return await getExternalWorkflowHandle(migrationQueueId).signal(enterQueueSignal, request);
    } catch (error) {
      if (isCancellation(error)) throw error;
    }
    try {
      await startChild(migrationQueue, {
        workflowId: migrationQueueId,
        args: [{ entries: enterQueue([], request) }],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        // It is everybody's, and outlasts an abort of the migration that happened to begin it.
        ...(inTurn() && { cancellationType: ChildWorkflowCancellationType.ABANDON }),
        staticSummary: 'migrations that wait for a slot',
      });
      return;
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }
}

/** The slots are another cluster's: those of the plan were waited for. */
function insistOnRoute(before: MigrationPlan, now: MigrationPlan): void {
  if (now.from === before.from && now.service.id === before.service.id) return;
  throw refused([{ code: 'moved-meanwhile', message: `"${now.service.name}" has moved from ${before.from} to ${now.from} while this migration waited in the queue. Start it again.` }]);
}

/** Also for one that still waits. Repeatable; a queue that is gone needs no telling. */
export async function giveSlot(migration: Migration): Promise<void> {
  if (migration.slot === undefined) return;
  migration.slot = undefined;
  const { workflowId, runId } = workflowInfo();
  await CancellationScope.nonCancellable(async () => {
    try {
      await getExternalWorkflowHandle(migrationQueueId).signal(leaveQueueSignal, { workflowId, runId });
    } catch {
      // It looks for us by itself.
    }
  });
}
