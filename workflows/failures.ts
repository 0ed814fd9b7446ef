import { ApplicationFailureCategory } from '@temporalio/common';
import { ActivityFailure, ApplicationFailure, CancelledFailure, TimeoutFailure } from '@temporalio/workflow';
import type { FailureDetails } from '../activities/translate';
import { CarryonError } from '../domain/errors';
import { failureTypes, type FailureKind, type MigrationFailureDetails, type Refusal } from '../domain/migration';

export function migrationFailure(type: FailureKind, message: string, details: MigrationFailureDetails, cause?: unknown): ApplicationFailure {
  return ApplicationFailure.create({
    type: failureTypes[type],
    message,
    nonRetryable: true,
    // An end that the protocol foresees is no alarm in a worker's log.
    category: type === 'refused' || type === 'rolledBack' ? ApplicationFailureCategory.BENIGN : undefined,
    details: [details],
    cause: cause instanceof Error ? cause : undefined,
  });
}

export const refused = (refusals: Refusal[]) => migrationFailure('refused', refusals.map(({ message }) => message).join(' '), { refusals, code: refusals[0]?.code });

/** A refusal by one of the pure checks or by a coordinator, as a failure of the workflow. */
export function refusedBy(error: unknown): unknown {
  if (error instanceof ActivityFailure && recoveryOf(error) === 'refuse') {
    const code = codeOf(error) ?? 'unexpected';
    const message = explain(error);
    return migrationFailure('refused', message, { refusals: [{ code, message }], code, next: nextOf(error) }, error);
  }
  if (!(error instanceof CarryonError) || error.recovery !== 'refuse') return error;
  return refused([{ code: error.code, message: error.next ? `${error.message}. ${error.next}` : `${error.message}.` }]);
}

export const isOfType = (error: unknown, type: FailureKind): error is ApplicationFailure =>
  error instanceof ApplicationFailure && error.type === failureTypes[type];

/** The stable code of what went wrong, below the wrapping of Temporal. */
export function codeOf(error: unknown): string | undefined {
  const cause = innermost(error);
  if (cause instanceof ApplicationFailure) return cause.type ?? undefined;
  if (cause instanceof TimeoutFailure) return 'timeout';
  if (cause instanceof CancelledFailure) return 'cancelled';
  return undefined;
}

/** What went wrong in a user's words. */
export function explain(error: unknown): string {
  const cause = innermost(error);
  if (cause instanceof TimeoutFailure && error instanceof ActivityFailure) return explainTimeout(error, cause);
  if (cause instanceof CancelledFailure) return 'it was cancelled';
  return cause instanceof Error ? cause.message : String(cause);
}

export const nextOf = (error: unknown) => detailsOf(error)?.next;
export const recoveryOf = (error: unknown) => detailsOf(error)?.recovery;

function detailsOf(error: unknown): FailureDetails | undefined {
  const cause = innermost(error);
  return cause instanceof ApplicationFailure ? (cause.details?.[0] as FailureDetails | undefined) : undefined;
}

function explainTimeout(failure: ActivityFailure, timeout: TimeoutFailure): string {
  const missing = timeout.timeoutType === 'SCHEDULE_TO_START';
  return missing ? `no coordinator took up ${failure.activityType}` : `the coordinator that did ${failure.activityType} was not heard of again (${timeout.timeoutType})`;
}

/** Activity failures wrap; an application failure's own cause is detail. */
const innermost = (error: unknown): unknown => (error instanceof ActivityFailure && error.cause ? error.cause : error);
