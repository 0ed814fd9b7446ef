import { z } from 'zod';
import { RefusedError } from '../../domain/errors';
import { holdingCommands } from '../../domain/holder';
import type { ExecRequest, PrepareRequest } from '../../domain/engine';
import { journalStates, type ServiceSpec } from '../../domain/service';

const port = z.number().int().min(1).max(65535);
const epoch = z.number().int().min(1);
const bytes = z.number().int().positive();
const oneLine = z.string().max(4096).regex(/^[^\n\r\0]*$/, 'must be one line');
/** A file name and nothing else: it becomes part of paths. */
const plainName = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/, 'letters, digits, _ . -');
const path = z.string().max(4096).regex(/^\/[^\0\n]*$/, 'must be an absolute path').refine((text) => !text.split('/').includes('..'), 'must not climb with ..');
const environment = z.record(z.string().regex(/^[^=\0]+$/, 'must not be empty or hold ='), z.string().regex(/^[^\0]*$/));
const id = z.uuid();
const migration = plainName;
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'sha256:<64 hex digits>');

const volume = z.strictObject({ name: plainName, path, readOnly: z.boolean().optional(), bare: z.boolean().optional() });
const confinement = z.strictObject({
  additionalGids: z.array(z.number().int().nonnegative()),
  capabilities: z.array(z.string().regex(/^CAP_[A-Z_]+$/)),
  noNewPrivileges: z.boolean(),
  readOnlyRoot: z.boolean(),
  umask: z.number().int().min(0).max(0o777).optional(),
});

export const serviceSpec = z.strictObject({
  id,
  name: plainName,
  image: oneLine.min(1),
  imageDigest: digest.optional(),
  entrypoint: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  env: environment,
  ports: z.array(z.strictObject({ host: port, container: port, protocol: z.enum(['tcp', 'udp']) })),
  volumes: z.array(volume),
  memoryBytes: bytes.optional(),
  cpus: z.number().positive().optional(),
  restart: z.enum(['no', 'on-failure', 'always', 'unless-stopped']),
  workdir: path.optional(),
  user: oneLine.optional(),
  address: z.ipv4(),
  hostname: plainName.optional(),
  localVolumes: z.array(volume).optional(),
  confinement: confinement.optional(),
});

const reach = z.strictObject({
  host: z.string().regex(/^[a-zA-Z0-9.:_-]+$/, 'a host name or address'),
  apiPort: port,
  handoffPort: port,
  tunnelPort: port,
});

const ticketPeer = z.strictObject({
  cluster: plainName,
  reach,
  ca: z.string().includes('BEGIN CERTIFICATE'),
  tunnelKey: z.base64().length(44),
});

export const prepareRequest = z.strictObject({
  role: z.enum(['source', 'destination']),
  ticket: z.strictObject({
    migration,
    service: id,
    epoch,
    strategy: z.enum(['stop-and-copy', 'post-copy']),
    source: ticketPeer,
    destination: ticketPeer,
    discardAfterMs: z.number().int().min(1_000),
    relayForMs: z.number().int().min(0),
    execSessions: z.enum(['refuse', 'end']),
    bytesPerSecond: bytes.optional(),
  }),
});

export const stopRequest = z.strictObject({ timeoutMs: z.number().int().min(0).max(3_600_000) });
export const syncRequest = z.strictObject({ migration: migration.optional() });
export const stepRequest = z.discriminatedUnion('do', [
  z.strictObject({
    do: z.enum(['handoff', 'freeze', 'final-dump', 'transfer', 'restore', 'commit', 'abort', 'discard', 'finish']),
    migration: migration.optional(),
  }),
  z.strictObject({ do: z.literal('answer'), migration, state: z.enum(['running', 'discarded']) }),
]);
export const keepRequest = z.strictObject({ migration, epoch, seen: z.enum(journalStates), asks: z.boolean(), afresh: z.boolean().optional() });
export const epochRequest = z.strictObject({ epoch });
export const peerAbortRequest = z.strictObject({ epoch, dead: z.boolean().optional() });
export const endRelayRequest = z.strictObject({ epoch, owesNothing: z.boolean().optional() });
/** An hour at most: whoever asks may be gone for good. */
export const stayRequest = z.strictObject({ forMs: z.number().int().min(0).max(3_600_000) });
/** An hour and a bit at most, for the same reason. */
export const holdRequest = z.strictObject({ command: z.enum(holdingCommands), forMs: z.number().int().min(0).max(3_700_000), force: z.boolean().optional() });
export const claimRequest = z.strictObject({ migration, epoch });
export const logsQuery = z.strictObject({ follow: z.enum(['0', '1']).optional(), tail: z.coerce.number().int().min(0).optional() });
export const imageQuery = z.strictObject({ ref: oneLine.min(1) });
export const execRequest = z.strictObject({
  command: z.array(z.string()).min(1),
  env: environment.optional(),
  user: oneLine.optional(),
  workdir: path.optional(),
});

/** Says which field and why, before anything is touched. */
export function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`).join('; ');
  throw new RefusedError('bad-request', problems, { next: 'correct the request; docs/INTERFACES.md describes it' });
}

export const parseSpec = (value: unknown): ServiceSpec => parse<ServiceSpec>(serviceSpec, value);
export const parsePrepare = (value: unknown): PrepareRequest => parse<PrepareRequest>(prepareRequest, value);

/** Base64 of JSON, in a header: a request that upgrades has no body. */
export function parseExecHeader(header: string | string[] | undefined): ExecRequest {
  if (typeof header !== 'string') throw new RefusedError('bad-request', 'the header x-carryon-exec is missing', { next: 'send it once, base64 of JSON' });
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(header, 'base64').toString('utf8'));
  } catch (cause) {
    throw new RefusedError('bad-request', 'the header x-carryon-exec is not base64 of JSON', { cause, next: 'encode the request as base64 of JSON' });
  }
  return parse<ExecRequest>(execRequest, value);
}
