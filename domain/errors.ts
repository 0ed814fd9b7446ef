import type { Phase } from './phases';

/** Who recovers from an error: the caller by trying again, the undo stack, the rest of the workflow, or a human. */
export type Recovery = 'retry' | 'roll-back' | 'roll-forward' | 'human' | 'refuse';

export interface ErrorContext {
  code: string;
  recovery: Recovery;
  phase?: Phase;
  cluster?: string;
  /** What to do next; a sentence for a user. */
  next?: string;
  cause?: unknown;
}

/** Base of all errors that a user may see. `code` is stable API. */
export class CarryonError extends Error {
  readonly code: string;
  readonly recovery: Recovery;
  readonly phase?: Phase;
  readonly cluster?: string;
  readonly next?: string;

  constructor(message: string, context: ErrorContext) {
    super(message, { cause: context.cause });
    this.name = new.target.name;
    this.code = context.code;
    this.recovery = context.recovery;
    this.phase = context.phase;
    this.cluster = context.cluster;
    this.next = context.next;
  }
}

/** Bad input or a plan that cannot work; nothing was touched. */
export class RefusedError extends CarryonError {
  constructor(code: string, message: string, context: Omit<ErrorContext, 'code' | 'recovery'> = {}) {
    super(message, { ...context, code, recovery: 'refuse' });
  }
}

/** Passing trouble: the same call may succeed later. */
export class UnavailableError extends CarryonError {
  constructor(code: string, message: string, context: Omit<ErrorContext, 'code' | 'recovery'> = {}) {
    super(message, { ...context, code, recovery: 'retry' });
  }
}

/** A step before commit failed; the service stays at the source. */
export class MigrationFailedError extends CarryonError {
  constructor(code: string, message: string, context: Omit<ErrorContext, 'code' | 'recovery'> = {}) {
    super(message, { ...context, code, recovery: 'roll-back' });
  }
}

/** Going on by itself could make two copies, or none. */
export class NeedsHumanError extends CarryonError {
  constructor(code: string, message: string, context: Omit<ErrorContext, 'code' | 'recovery'> = {}) {
    super(message, { ...context, code, recovery: 'human' });
  }
}
