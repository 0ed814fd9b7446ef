import { RefusedError } from './errors';
import type { ResolveRequest, Side } from './resolution';

const fields = ['service', 'keep', 'forceLost'] as const;
export const sides = ['source', 'destination'] as const satisfies readonly Side[];

/** Checks what anybody may send to the workflow. */
export function parseResolveRequest(input: unknown): ResolveRequest {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) throw bad('the request is not a JSON object');
  const { service, keep, forceLost, ...unknown } = input as Record<string, unknown>;
  const [extra] = Object.keys(unknown);
  if (extra !== undefined) throw bad(`the request has an unknown field "${extra}"; known are ${fields.join(', ')}`);
  if (typeof service !== 'string' || service === '') throw bad('the request names no "service"');
  const side = sides.find((one) => one === keep);
  if (!side) throw bad(`"keep" is ${JSON.stringify(keep)}; choose one of: ${sides.join(', ')}`);
  if (forceLost !== undefined && (typeof forceLost !== 'string' || forceLost === '')) throw bad('"forceLost" must be the id of a cluster');
  return { service, keep: side, ...(forceLost !== undefined && { forceLost }) };
}

const bad = (message: string) => new RefusedError('bad-request', message, { next: 'Start it with an input like {"service":"cache","keep":"source"}.' });
