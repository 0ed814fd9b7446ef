import { CarryonError, type Recovery } from '../../domain/errors';

export interface ErrorReply {
  status: number;
  body: { error: { code: string; message: string; next?: string; recovery: Recovery } };
}

const badInput: readonly string[] = ['bad-request', 'bad-image'];
const unknown: readonly string[] = ['not-found', 'no-migration'];

export function errorReply(error: unknown): ErrorReply {
  if (error instanceof CarryonError) {
    const { code, message, next, recovery } = error;
    return { status: statusOf(error), body: { error: { code, message, ...(next && { next }), recovery } } };
  }
  const { statusCode, message } = error as { statusCode?: number; message?: string };
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    // What the HTTP layer says of a request, e.g. that its JSON is malformed.
    return { status: statusCode, body: { error: { code: 'bad-request', message: message ?? 'bad request', next: 'correct the request; docs/INTERFACES.md describes it', recovery: 'refuse' } } };
  }
  return { status: 500, body: { error: { code: 'engine-failed', message: message ?? String(error), next: 'look at engine.log of the outer container', recovery: 'roll-back' } } };
}

function statusOf({ code, recovery }: CarryonError): number {
  switch (recovery) {
    case 'refuse':
      if (code === 'forbidden') return 403;
      if (unknown.includes(code)) return 404;
      return badInput.includes(code) ? 400 : 409;
    case 'retry':
      return 503;
    case 'roll-back':
    case 'roll-forward':
    case 'human':
      return 500;
  }
}
