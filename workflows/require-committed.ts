import { ApplicationFailure } from '@temporalio/workflow';
import type { StepResult } from '../domain/engine';
import type { JournalState } from '../domain/service';

const handedOver: readonly JournalState[] = ['owing', 'relaying', 'retired'];

/** An answer is no commit: only the source's journal state after the destination's acknowledgement is. */
export function requireCommitted(result: StepResult): void {
  if (handedOver.includes(result.state)) return;
  throw ApplicationFailure.nonRetryable(`the source ended the handoff in state ${result.state}`, 'not-committed');
}
