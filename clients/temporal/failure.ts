import { isGrpcServiceError, ServiceError, WorkflowNotFoundError } from '@temporalio/client';
import { CarryonError, RefusedError, UnavailableError } from '../../domain/errors';

/** Makes our error of what a call to Temporal has failed with. */
export function temporalFailure(error: unknown, address: string): CarryonError {
  if (error instanceof CarryonError) return error;
  if (error instanceof WorkflowNotFoundError) {
    return new RefusedError('migration-not-found', 'Temporal does not know this migration any more', { next: 'Look with `carryon ps` where the service runs.', cause: error });
  }
  const words = error instanceof ServiceError && isGrpcServiceError(error.cause) ? error.cause.details : error instanceof Error ? error.message : String(error);
  return new UnavailableError('temporal-unreachable', `Temporal at ${address} does not answer: ${words}`, { next: 'See that it runs, and that `temporal.address` in carryon.yaml is right.', cause: error });
}
