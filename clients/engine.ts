import type { EngineClient, EngineStatus, Kept, MigrationState, StepResult, SyncStats } from '../domain/engine';
import type { ServiceFacts } from '../domain/migration';
import { runExec } from './engine/exec';
import { createTransport, type EngineAddress, type Transport } from './engine/transport';

export type { EngineAddress } from './engine/transport';

/** Answers at once or not at all. */
const quickMs = 10_000;
/** Reads /proc and walks the service's files. */
const inspectMs = 60_000;
/** Loading an image, making a sandbox, a pass of files: bounded by the caller, not by this client. */
const longMs = 30 * 60_000;

/** Adapter: the engine of one outer container over HTTPS, mutually authenticated. No connection is made yet. */
export function connectEngine(address: EngineAddress): EngineClient {
  const transport = createTransport(address);
  const json: Transport['json'] = (method, path, options) => transport.json(method, path, options);
  return {
    status: () => json<EngineStatus>('GET', '/v1/status', { timeoutMs: quickMs }),
    inspect: () => json<ServiceFacts>('GET', '/v1/inspect', { timeoutMs: inspectMs }),
    loadImage: (ref, tar) => json<{ imageDigest: string }>('PUT', `/v1/image?ref=${encodeURIComponent(ref)}`, { stream: tar, timeoutMs: longMs }),
    async start(spec) {
      await json('POST', '/v1/service/start', { body: spec, timeoutMs: inspectMs });
    },
    stop: (timeoutMs) => json<{ exitCode: number }>('POST', '/v1/service/stop', { body: { timeoutMs }, timeoutMs: timeoutMs + quickMs }),
    async hold(command, forMs, { force } = {}) {
      await json('POST', '/v1/service/hold', { body: { command, forMs, force }, timeoutMs: quickMs });
    },
    logs({ follow, tail }) {
      const query = new URLSearchParams({ ...(follow && { follow: '1' }), ...(tail !== undefined && { tail: String(tail) }) });
      return transport.stream(`/v1/logs?${query.toString()}`, { headersMs: quickMs });
    },
    exec: (request, streams) => runExec(transport, request, streams),
    async prepare(request) {
      await json('POST', '/v1/migration/prepare', { body: request, timeoutMs: longMs });
    },
    sync: () => json<SyncStats>('POST', '/v1/migration/sync', { body: {}, timeoutMs: longMs }),
    step: (verb, migration) => json<StepResult>('POST', '/v1/migration/step', { body: { do: verb, migration }, timeoutMs: longMs }),
    answer: (migration, state) => json<StepResult>('POST', '/v1/migration/step', { body: { do: 'answer', migration, state }, timeoutMs: inspectMs }),
    keep: (request) => json<{ kept: Kept }>('POST', '/v1/migration/keep', { body: request, timeoutMs: inspectMs }),
    async migration() {
      const state = await json<MigrationState | Record<string, never> | null>('GET', '/v1/migration', { timeoutMs: quickMs, absent: null });
      return state && 'migration' in state ? (state as MigrationState) : undefined;
    },
    async endRelay(epoch, { owesNothing } = {}) {
      await json('POST', '/v1/relay/end', { body: { epoch, owesNothing }, timeoutMs: quickMs });
    },
    async forgetDebt(epoch) {
      await json('POST', '/v1/relay/forget-debt', { body: { epoch }, timeoutMs: inspectMs });
    },
    async stay(forMs) {
      await json('POST', '/v1/stay', { body: { forMs }, timeoutMs: quickMs });
    },
  };
}
