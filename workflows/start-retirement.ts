import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, startChild } from '@temporalio/workflow';
import { retireWorkflowId } from '../domain/names';
import { retireSource, type RetireSourceInput } from './retire-source';

/** The relay outlives whoever starts this: its own workflow sees to its end. There is one for each handover, whoever was first. */
export async function startRetirement(input: RetireSourceInput): Promise<void> {
  try {
    await startChild(retireSource, {
      workflowId: retireWorkflowId(input.serviceId, input.epoch),
      args: [input],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `relay of ${input.name} at ${input.cluster}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
