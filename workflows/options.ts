import { ActivityCancellationType, type ActivityOptions } from '@temporalio/workflow';

/** Questions, and short steps that may be repeated. A coordinator that does not pick one up soon is taken for absent. */
export const probe = {
  startToCloseTimeout: '20 s',
  heartbeatTimeout: '10 s',
  scheduleToStartTimeout: '15 s',
  scheduleToCloseTimeout: '1 minute',
  retry: { initialInterval: '500 ms', maximumInterval: '5 s' },
} satisfies ActivityOptions;

/** Long work while the service runs on: resumes where it was, and is waited for when cancelled, so that no undo overtakes it. */
export const transfer = {
  startToCloseTimeout: '6 hours',
  scheduleToStartTimeout: '5 minutes',
  heartbeatTimeout: '15 s',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '1 s', maximumInterval: '15 s', maximumAttempts: 10 },
} satisfies ActivityOptions;

/** Repeatable steps while the service is frozen: short breaks, and a cancellation goes on at once to ask the engines. */
export const frozen = {
  startToCloseTimeout: '1 hour',
  scheduleToStartTimeout: '30 s',
  heartbeatTimeout: '10 s',
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: { initialInterval: '200 ms', maximumInterval: '2 s', maximumAttempts: 5 },
} satisfies ActivityOptions;

/** One attempt; whatever comes of it, the journals say what happened. */
export const commit = {
  startToCloseTimeout: '10 minutes',
  scheduleToStartTimeout: '15 s',
  heartbeatTimeout: '10 s',
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: { maximumAttempts: 1 },
} satisfies ActivityOptions;

/** Idempotent; tried until a deadline, then the unwinding halts. */
export const undo = {
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: '15 s',
  scheduleToCloseTimeout: '10 minutes',
  retry: { initialInterval: '500 ms', maximumInterval: '10 s' },
} satisfies ActivityOptions;

/** Whoever does not answer such a question soon is silent; a human waits for what comes of it. */
export const witnessOptions = {
  startToCloseTimeout: '15 s',
  heartbeatTimeout: '10 s',
  scheduleToStartTimeout: '10 s',
  scheduleToCloseTimeout: '25 s',
  retry: probe.retry,
} satisfies ActivityOptions;

/** A decision is carried out: repeatable, so passing trouble is waited out for a while. */
export const keepOptions = {
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: '15 s',
  scheduleToStartTimeout: '30 s',
  scheduleToCloseTimeout: '5 minutes',
  retry: { initialInterval: '500 ms', maximumInterval: '5 s', nonRetryableErrorTypes: ['changed'] },
} satisfies ActivityOptions;

/** The same while the service stands still and the journals can be asked again at once. */
export const proofOptions = { ...probe, retry: { ...probe.retry, nonRetryableErrorTypes: ['changed'] } } satisfies ActivityOptions;

/** After commit there is no way back, so there is no deadline. */
export const forward = {
  startToCloseTimeout: '12 hours',
  heartbeatTimeout: '15 s',
  retry: { initialInterval: '500 ms', maximumInterval: '30 s' },
} satisfies ActivityOptions;

/** A question after commit, or what follows from it: no deadline. */
export const forwardProbe = {
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '15 s',
  retry: forward.retry,
} satisfies ActivityOptions;

/** After commit, and nothing that the service waits for: a coordinator that stays away is given up. Longer than all hooks with all their attempts may take. */
export const hookOptions = {
  startToCloseTimeout: '1 hour',
  scheduleToCloseTimeout: '1 hour',
  heartbeatTimeout: '15 s',
  retry: forward.retry,
} satisfies ActivityOptions;
