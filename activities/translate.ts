import { ApplicationFailure, CancelledFailure, TemporalFailure } from '@temporalio/common';
import { CarryonError, type Recovery } from '../domain/errors';

/** What a workflow finds in `details[0]` of a failed activity. */
export interface FailureDetails {
  code: string;
  recovery: Recovery;
  phase?: string;
  cluster?: string;
  next?: string;
}

/** Calling again helps against passing trouble, and after commit there is no other way. */
const retried: readonly Recovery[] = ['retry', 'roll-forward'];

/** Domain errors do not survive the way to a workflow: `type` carries their code, `details` the rest. */
export function translate(error: unknown, cluster: string): Error {
  if (error instanceof TemporalFailure || error instanceof CancelledFailure) return error;
  if (error instanceof CarryonError) {
    const { code, recovery, phase, next } = error;
    const details: FailureDetails = { code, recovery, phase, cluster: error.cluster ?? cluster, next };
    return ApplicationFailure.create({
      message: error.message,
      type: code,
      nonRetryable: !retried.includes(recovery),
      details: [details],
      cause: error.cause instanceof Error ? error.cause : undefined,
    });
  }
  const message = error instanceof Error ? error.message : String(error);
  return ApplicationFailure.create({
    message: `unexpected: ${message}`,
    type: 'unexpected',
    nonRetryable: false,
    details: [{ code: 'unexpected', recovery: 'retry', cluster } satisfies FailureDetails],
    cause: error instanceof Error ? error : undefined,
  });
}

/** The edge: every activity of a coordinator is wrapped in this, and translates nowhere else. */
export const atEdge =
  <Input, Result>(cluster: string, act: (input: Input) => Promise<Result>) =>
  async (input: Input): Promise<Result> => {
    try {
      return await act(input);
    } catch (error) {
      throw translate(error, cluster);
    }
  };
