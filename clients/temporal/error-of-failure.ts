import { ActivityFailure, ApplicationFailure, TimeoutFailure, type WorkflowFailedError } from '@temporalio/client';
import { CarryonError, MigrationFailedError, NeedsHumanError, RefusedError, UnavailableError } from '../../domain/errors';
import { failureTypes, type MigrationFailureDetails } from '../../domain/migration';

/** The way back from a failed workflow to the error that a user sees. */
export function errorOfFailure(failed: WorkflowFailedError): CarryonError {
  const cause = failed.cause;
  if (cause instanceof ApplicationFailure) return errorOfApplicationFailure(cause);
  if (cause instanceof ActivityFailure && cause.cause instanceof TimeoutFailure) {
    return new UnavailableError('coordinator-silent', `no coordinator answered ${cause.activityType}`, {
      next: 'See that the coordinators of both clusters run (`carryon up`, or `carryon worker --cluster ID`), then try again.',
      cause,
    });
  }
  const inner = cause instanceof ActivityFailure ? cause.cause : cause;
  return new MigrationFailedError(
    inner instanceof ApplicationFailure ? (inner.type ?? 'unexpected') : 'unexpected',
    inner?.message ?? failed.message,
    { next: 'Try again; if it fails again, look at the workflow in the Temporal UI.', cause },
  );
}

function errorOfApplicationFailure(failure: ApplicationFailure): CarryonError {
  const details = (failure.details?.[0] ?? {}) as MigrationFailureDetails;
  const code = details.code ?? failure.type ?? 'unexpected';
  const context = { next: details.next, cause: failure };
  if (failure.type === failureTypes.refused) return new RefusedError(code, failure.message, context);
  const human = failure.type === failureTypes.rollbackFailed || failure.type === failureTypes.needsHuman;
  return human ? new NeedsHumanError(code, failure.message, context) : new MigrationFailedError(code, failure.message, context);
}
