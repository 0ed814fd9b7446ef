import type { Client } from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import { RefusedError } from '../domain/errors';
import type { AbortResult, MigrationPlan, MigrationRequest } from '../domain/migration';
import type { Resolution, ResolveRequest } from '../domain/resolution';
import { connectTemporalClient, type TemporalSettings } from './temporal/connect';
import { abortMigration } from './temporal/abort-migration';
import { awaitMigration, type MigrationEnd } from './temporal/await-migration';
import { listMigrations, type MigrationSummary } from './temporal/list-migrations';
import { migrationStatus, type MigrationStatus } from './temporal/migration-status';
import { planMigration } from './temporal/plan-migration';
import { resolveService, serviceOf } from './temporal/resolve-service';
import { registerSearchAttributes } from './temporal/search-attributes';
import { startMigration } from './temporal/start-migration';
import { migrationStartedFor } from './temporal/started-for';
import { findMigration, type MigrationId, type MigrationRun } from './temporal/find-migration';
import { requireWorker } from './temporal/require-worker';

export type { TemporalSettings } from './temporal/connect';
export type { MigrationEnd } from './temporal/await-migration';
export type { MigrationStatus } from './temporal/migration-status';
export type { MigrationSummary } from './temporal/list-migrations';
export type { MigrationId, MigrationRun } from './temporal/find-migration';

/** Migrations as Temporal knows them. An id is a workflow id, the name or UUID of a service, or one run. */
export interface Migrations {
  plan(request: MigrationRequest): Promise<MigrationPlan>;
  /** Workflow id. Throws RefusedError `already-migrating` while another one of this service runs. */
  start(request: MigrationRequest): Promise<string>;
  /** For an asker that may crash and ask again: once for all calls. Throws as `start`. */
  startFor(asker: string, request: MigrationRequest): Promise<MigrationRun>;
  startedFor(asker: string, service: string): Promise<MigrationRun | undefined>;
  /** Resolves when the migration has ended, however it ended. */
  end(id: MigrationId): Promise<MigrationEnd>;
  /** @param exactPlace Ask the queue as well, for the place of one that waits. */
  status(id: MigrationId, exactPlace?: boolean): Promise<MigrationStatus>;
  list(): Promise<MigrationSummary[]>;
  /** Resolves when the service is known to run at the source; throws with code `committed` when it is too late. */
  abort(id: MigrationId, reason?: string): Promise<AbortResult>;
  /** Leaves a service at one side for good. Throws RefusedError where two copies could run. */
  resolve(id: string, choice: Omit<ResolveRequest, 'service'>): Promise<Resolution>;
  /** True when the search attributes of migrations are there, made now if need be. */
  registerSearchAttributes(): Promise<boolean>;
  close(): Promise<void>;
}

/** Throws UnavailableError `temporal-unreachable` when nobody answers at the address. */
export async function connectTemporal(settings: TemporalSettings): Promise<Migrations> {
  const { client, close } = await connectTemporalClient(settings);
  return { ...migrationsOf(client), close };
}

export function migrationsOf(client: Client): Omit<Migrations, 'close'> {
  const find = (id: MigrationId) => findMigration(client, id);
  const start = async (request: MigrationRequest, asker?: string) => {
    if (request.service === '') throw new RefusedError('bad-request', 'the request names no service', { next: 'Name one; `carryon ps` lists them.' });
    await requireWorker(client);
    return startMigration(client, request, asker);
  };
  const startedFor = (asker: string, service: string) => migrationStartedFor(client, service, asker);
  return {
    async plan(request) {
      await requireWorker(client);
      return planMigration(client, `plan-${request.service}-${randomUUID()}`, request);
    },
    start: async (request) => (await start(request)).workflowId,
    startedFor,
    async startFor(asker, request) {
      const started = await startedFor(asker, request.service);
      // Whoever holds the lock then may be the same asker, who had asked a moment before.
      return started ?? start(request, asker).catch(async (error: unknown) => (await startedFor(asker, request.service)) ?? Promise.reject(error as Error));
    },
    end: async (id) => awaitMigration(await find(id)),
    status: async (id, exactPlace) => migrationStatus(await find(id), exactPlace),
    list: () => listMigrations(client),
    abort: async (id, reason) => abortMigration(await find(id), reason),
    async resolve(id, choice) {
      await requireWorker(client);
      return resolveService(client, { service: await serviceOf(client, id), ...choice });
    },
    registerSearchAttributes: () => registerSearchAttributes(client),
  };
}
