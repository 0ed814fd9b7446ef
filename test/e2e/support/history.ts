import type { WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { searchAttributeNames } from '../../../domain/names';

type Event = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>[number];

export const phaseAttribute: (typeof searchAttributeNames)[number] = 'CarryonPhase';

/** The phase that a migration's workflow tells with this event, if it is such a one. */
export function phaseIn({ upsertWorkflowSearchAttributesEventAttributes: told }: Event): string | undefined {
  const payload = told?.searchAttributes?.indexedFields?.[phaseAttribute];
  return payload ? defaultPayloadConverter.fromPayload<string>(payload) : undefined;
}

/** The type of the activity that is asked for with this event. */
export const typeIn = ({ activityTaskScheduledEventAttributes: asked }: Event): string | undefined => asked?.activityType?.name ?? undefined;
