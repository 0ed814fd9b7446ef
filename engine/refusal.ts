import { RefusedError } from '../domain/errors';
import type { Decision } from './journal/allowed';

/** Turns a "no" of a pure decision into the error that the caller gets. */
export function insist(decision: Decision): void {
  if (!decision.ok) throw new RefusedError(decision.code, decision.message, { next: decision.next });
}
