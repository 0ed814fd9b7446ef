import type { MigrationEnd, MigrationRun, MigrationStatus } from '../clients/temporal';
import type { CarryonError } from '../domain/errors';

/** What is known of a migration at one moment: all that a status is made of. */
export interface Seen {
  /** Absent before there is a workflow. */
  run?: MigrationRun;
  /** The last answer of the workflow. */
  told?: MigrationStatus;
  /** Why nothing newer is known; it is tried again. */
  trouble?: CarryonError;
  /** Also of one that was refused before there was a workflow. */
  end?: MigrationEnd;
}
