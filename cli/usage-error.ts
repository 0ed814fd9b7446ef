import { CarryonError, RefusedError } from '../domain/errors';

/** The command line itself is wrong; nothing was touched. */
export class UsageError extends RefusedError {
  constructor(message: string, next: string) {
    super('usage', message, { next });
  }
}

/** For parsers that others share: what they refuse came from the command line here. */
export function asUsage<T>(option: string, parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof CarryonError)) throw error;
      throw new UsageError(`${option}: ${error.message}`, error.next ?? 'See `carryon --help`.');
    }
  };
}
