import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineClient, EngineStatus, MigrationState } from '../domain/engine';
import type { Orchestrator, OuterContainer } from '../domain/orchestrator';
import type { Witness } from '../domain/resolution';
import type { ClusterDependencies } from './dependencies';

export interface BearWitnessInput {
  /** Name or UUID of the service, or the id of its newest migration. */
  service: string;
}

/** An engine that is started again needs a moment. All of it must lie within the time that a witness has: a late answer is none, and the cluster counted as lost with it. */
const patienceMs = 6_000;
const pauseMs = 500;

/** What this cluster has of the service, for whoever decides where it goes on. Fails where the orchestrator does not answer: that is no answer either. */
export const createBearWitness =
  ({ orchestrator }: ClusterDependencies, withinMs = patienceMs) =>
  async ({ service: wanted }: BearWitnessInput): Promise<Witness> => {
    const { cluster } = orchestrator;
    const container = (await orchestrator.find(wanted)) ?? (await findByMigration(orchestrator, wanted, withinMs / 2));
    if (!container) return { cluster, says: 'gone' };
    const { service } = container;
    if (!container.running) return { cluster, says: 'stopped', service };
    const told = await hear(orchestrator.engine(container), withinMs);
    if (!told) return { cluster, says: 'engine-silent', service };
    const { state, epoch, running, asks = false, dumpUnusable } = told.status;
    const { last } = told;
    return {
      cluster,
      says: 'here',
      service,
      state,
      epoch,
      alive: running,
      asks,
      ...(dumpUnusable && { dumpUnusable }),
      ...(last?.peer !== undefined && { ticket: { migration: last.migration, epoch: last.epoch, role: last.role, peer: last.peer } }),
    };
  };

interface Told {
  status: EngineStatus;
  last: MigrationState | undefined;
}

/** Undefined when it did not answer in this time. */
async function hear(engine: EngineClient, withinMs: number): Promise<Told | undefined> {
  const untilMs = performance.now() + withinMs;
  const ask = async (): Promise<Told | undefined> => {
    while (performance.now() < untilMs) {
      try {
        return { status: await engine.status(), last: await engine.migration() };
      } catch {
        await sleep(Math.min(pauseMs, Math.max(0, untilMs - performance.now())));
      }
    }
    return undefined;
  };
  return within(withinMs, ask());
}

async function within<T>(ms: number, answer: Promise<T>): Promise<T | undefined> {
  const over = new AbortController();
  try {
    return await Promise.race([answer, sleep(ms, undefined, { signal: over.signal })]);
  } finally {
    over.abort();
  }
}

/** Ids of migrations are UUIDs, as those of services; engines that do not answer are not looked at. */
async function findByMigration(orchestrator: Orchestrator, migration: string, withinMs: number): Promise<OuterContainer | undefined> {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(migration)) return undefined;
  const running = (await orchestrator.list()).filter((container) => container.running);
  const told = await Promise.all(running.map((container) => within(withinMs, orchestrator.engine(container).migration().catch(() => undefined))));
  return running.find((_, i) => told[i]?.migration === migration);
}
