import { CarryonError, MigrationFailedError, NeedsHumanError, RefusedError, UnavailableError } from '../../domain/errors';
import type { DriverAnswer } from './control-socket';

type Failure = Extract<DriverAnswer, { ok: false }>;

/** The driver's "no" as the error that the coordinator gets, with the end of CRIU's own log. */
export function driverFailure(verb: string, answer: Failure): CarryonError {
  const message = answer.tail ? `${answer.message}: ${answer.tail.trim()}` : answer.message;
  switch (answer.code) {
    case 'committed':
      return new RefusedError('committed', message, { next: 'the service runs at the destination; go on with finish' });
    case 'in-doubt':
      return new NeedsHumanError('in-doubt', message, { next: 'ask the destination what its journal says; the source stays frozen until then' });
    case 'busy':
      return new UnavailableError('busy', message, { next: 'ask again when that is done' });
    default:
      return new MigrationFailedError(answer.code, `${verb}: ${message}`, { next: 'abort; the service goes on at the source' });
  }
}
