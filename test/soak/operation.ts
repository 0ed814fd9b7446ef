import type { Answer } from '../chaos/oracle/answer';

/** Questions to the service, and what is known of it from elsewhere; what each means for it: checker/specification.go. */
export type Kind = 'write' | 'look' | 'read-ledger' | 'crash' | 'may-crash' | 'settled';

/** A line of a history. Times are of one monotonic clock, ns. */
export interface Operation {
  /** Which service: each begins with nothing. */
  key: string;
  client: number;
  kind: Kind;
  call: number;
  /** Null: no answer ever came, and it is not known whether it took effect. */
  return: number | null;
  answer: Pick<Answer, 'incarnation' | 'sequence' | 'number'> | { number: number } | null;
}
