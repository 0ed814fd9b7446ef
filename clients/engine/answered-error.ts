import { CarryonError, type ErrorContext, type Recovery } from '../../domain/errors';

interface Answer {
  code?: unknown;
  message?: unknown;
  next?: unknown;
  recovery?: unknown;
}

const recoveries: readonly Recovery[] = ['retry', 'roll-back', 'roll-forward', 'human', 'refuse'];

/** The error that an engine answered: its own code, words and advice. */
export function answeredError(status: number, body: string, cluster: string): CarryonError {
  const { code, message, next, recovery } = errorOf(body);
  const context: ErrorContext = {
    code: typeof code === 'string' ? code : 'engine-failed',
    recovery: recoveries.find((known) => known === recovery) ?? recoveryOf(status),
    cluster,
    next: typeof next === 'string' ? next : 'See /var/lib/carryon/log/engine.log in the outer container.',
  };
  return new CarryonError(typeof message === 'string' ? message : `The engine answered ${status}: ${body.slice(0, 200)}`, context);
}

function recoveryOf(status: number): Recovery {
  if ([408, 425, 429, 502, 503, 504].includes(status)) return 'retry';
  return status < 500 ? 'refuse' : 'roll-back';
}

function errorOf(body: string): Answer {
  try {
    const { error } = JSON.parse(body) as { error?: Answer };
    return typeof error === 'object' && error !== null ? error : {};
  } catch {
    return {};
  }
}
