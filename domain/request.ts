import { RefusedError } from './errors';
import type { MigrationRequest, OnLoss } from './migration';
import { defaultMaxDowntimeMs, defaultPriority, defaultRelayForMs } from './defaults';
import { safetyLevels } from './safety';

/** A request with every default filled in. */
export type FullRequest = Required<Omit<MigrationRequest, 'from' | 'maxDowntimeMs'>> & {
  from?: string;
  maxDowntimeMs: number;
};

const fields = ['service', 'to', 'from', 'strategy', 'maxDowntimeMs', 'relayForMs', 'execSessions', 'safety', 'priority', 'onLoss'] as const;
export const strategies = ['auto', 'stop-and-copy', 'post-copy'] as const;
export const sessionPolicies = ['refuse', 'end'] as const;
export const lossPolicies = ['keep-frozen', 'resume-frozen'] as const satisfies readonly OnLoss[];
const next = 'Start it with an input like {"service":"cache","to":"cloud"}.';

/** Checks what anybody may send to the workflow; fills in defaults. Refuses what it does not know: a misspelt limit must not be ignored. */
export function parseRequest(input: unknown): FullRequest {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) throw bad('the request is not a JSON object', next);
  const request = input as Record<string, unknown>;
  for (const key of Object.keys(request)) {
    if (!(fields as readonly string[]).includes(key)) throw bad(`the request has an unknown field "${key}"`, `Known fields: ${fields.join(', ')}.`);
  }
  return {
    service: text(request, 'service'),
    to: text(request, 'to'),
    ...(request.from !== undefined && { from: text(request, 'from') }),
    strategy: choice(request, 'strategy', strategies, 'auto'),
    maxDowntimeMs: milliseconds(request, 'maxDowntimeMs', defaultMaxDowntimeMs),
    relayForMs: milliseconds(request, 'relayForMs', defaultRelayForMs),
    execSessions: choice(request, 'execSessions', sessionPolicies, 'refuse'),
    safety: choice(request, 'safety', safetyLevels, 'normal'),
    priority: priority(request.priority ?? defaultPriority),
    onLoss: choice(request, 'onLoss', lossPolicies, 'keep-frozen'),
  };
}

function text(request: Record<string, unknown>, field: string): string {
  const value = request[field];
  if (value === undefined || value === '') throw bad(`the request names no "${field}"`, next);
  if (typeof value !== 'string') throw bad(`"${field}" must be a text, not ${JSON.stringify(value)}`, next);
  return value;
}

function choice<T extends string>(request: Record<string, unknown>, field: string, choices: readonly T[], otherwise: T): T {
  const value = request[field] ?? otherwise;
  const known = choices.find((candidate) => candidate === value);
  if (known === undefined) throw bad(`"${field}" is ${JSON.stringify(value)}`, `Choose one of: ${choices.join(', ')}.`);
  return known;
}

function milliseconds(request: Record<string, unknown>, field: string, otherwise: number): number {
  const value = request[field] ?? otherwise;
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw bad(`"${field}" is ${JSON.stringify(value)}`, `Give "${field}" as a number of milliseconds, for example ${otherwise}.`);
}

function priority(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 100) return value;
  throw bad(`"priority" is ${JSON.stringify(value)}`, 'Give "priority" as a whole number from 0 to 100; the higher goes first.');
}

const bad = (message: string, whatNext: string) => new RefusedError('bad-request', message, { phase: 'plan', next: whatNext });
