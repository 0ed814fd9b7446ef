import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { AbortResult, MigrationReport, Progress } from '../domain/migration';
import { messageNames } from '../domain/names';
import type { QueueEntry, QueueRequest, SlotNews, Who } from '../domain/queue';

/** Takes the migration back and answers when the service is known to run at the source. Refused with type `committed` after commit. */
export const abortUpdate = defineUpdate<AbortResult, [reason: string | undefined]>(messageNames.abort);
/** The same without an answer; has no effect after commit. */
export const abortSignal = defineSignal<[reason: string | undefined]>(messageNames.abort);
/** A human knows that a cluster is gone for ever: nothing there need be taken back. */
export const lostSignal = defineSignal<[cluster: string]>(messageNames.lost);
export const progressQuery = defineQuery<Progress>(messageNames.progress);
/** The report so far; final when the workflow has ended, however it ended. */
export const reportQuery = defineQuery<MigrationReport | null>(messageNames.report);

/** From the queue to a migration: its turn or its slot, or how far it is from it. Sent again it asks nothing but whether anybody is there. */
export const slotSignal = defineSignal<[news: SlotNews]>(messageNames.slot);
export const enterQueueSignal = defineSignal<[request: QueueRequest]>(messageNames.enterQueue);
/** Gives turn or slots back, or the place in the queue. */
export const leaveQueueSignal = defineSignal<[who: Who]>(messageNames.leaveQueue);
export const queueQuery = defineQuery<QueueEntry[]>(messageNames.queue);
