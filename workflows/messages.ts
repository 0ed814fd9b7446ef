import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { MigrationReport, Progress } from '../domain/migration';

export interface AbortResult {
  outcome: 'rolled-back';
  message: string;
}

/** Takes the migration back and answers when the service is known to run at the source. Refused with type `committed` after commit. */
export const abortUpdate = defineUpdate<AbortResult, [reason?: string]>('abort');
/** The same without an answer; has no effect after commit. */
export const abortSignal = defineSignal<[reason?: string]>('abort');
export const progressQuery = defineQuery<Progress>('progress');
/** The report so far; final when the workflow has ended, however it ended. */
export const reportQuery = defineQuery<MigrationReport | null>('report');
