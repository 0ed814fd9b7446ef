import { describe, expect, it } from '@jest/globals';
import { ServiceError, WorkflowNotFoundError, type WorkflowHandle } from '@temporalio/client';
import { abortMigration } from '../../../clients/temporal/abort-migration';

const rolledBack = { outcome: 'rolled-back', message: 'the service stays at edge' };
const notReady = () => new ServiceError('Workflow Update failed', { cause: Object.assign(new Error('9 FAILED_PRECONDITION'), { code: 9, details: 'the workflow task failed', metadata: {} }) });

/** Fails with each of the errors in turn, then answers; notes the ids of the messages. */
function workflow(...errors: Error[]) {
  const ids: (string | undefined)[] = [];
  const executeUpdate = (_name: unknown, options?: { updateId?: string }) => {
    ids.push(options?.updateId);
    const error = errors.shift();
    return error ? Promise.reject(error) : Promise.resolve(rolledBack);
  };
  return { ids, handle: { workflowId: 'migrate-cache', executeUpdate } as unknown as WorkflowHandle };
}

describe('an abort', () => {
  it('that Temporal loses is sent again, as the same message', async () => {
    const { handle, ids } = workflow(notReady(), notReady());
    await expect(abortMigration(handle, undefined)).resolves.toEqual(rolledBack);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).toBeTruthy();
  });

  it('of a migration that has ended is refused at once', async () => {
    const { handle, ids } = workflow(new WorkflowNotFoundError('gone', 'migrate-cache', undefined));
    await expect(abortMigration(handle, undefined)).rejects.toMatchObject({ code: 'not-migrating' });
    expect(ids).toHaveLength(1);
  });
});
