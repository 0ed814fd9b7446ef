import { Context } from '@temporalio/activity';
import type { SyncStats } from '../domain/engine';
import type { Ticket } from '../domain/migration';
import type { ClusterDependencies } from './dependencies';
import { findService } from './find-service';
import { withHeartbeat } from './heartbeat';

export interface SyncProgress {
  bytes: number;
}

/** One pass of files to the peer. A repeated pass sends what the interrupted one had not: the peer's files are the resume point. */
export const createSyncFiles =
  ({ orchestrator }: ClusterDependencies) =>
  async (ticket: Ticket): Promise<SyncStats> => {
    const { engine } = await findService(orchestrator, ticket.service);
    const look = async (): Promise<SyncProgress> => ({ bytes: (await engine.migration())?.bytesSent ?? 0 });
    return withHeartbeat(Promise.race([engine.sync(), Context.current().cancelled]), look);
  };
