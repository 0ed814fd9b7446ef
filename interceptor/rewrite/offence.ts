/** A field of a pod whose meaning carryon could not keep, and what to do about it. */
export interface Offence {
  path: string;
  reason: string;
}

/** A field, whether it offends, and why. */
export type Check<T> = readonly [field: string, offends: (object: T) => unknown, reason: string];

export const check = <T>(at: string, object: T, checks: readonly Check<T>[]): Offence[] =>
  checks.flatMap(([field, offends, reason]) => (offends(object) ? [{ path: `${at}.${field}`, reason }] : []));
