import { CarryonError, RefusedError } from '../../../domain/errors';
import { asking, serverWords } from './failure';

/**
 * Asks what would become of an object, without making it (`dryRun`). Webhooks that cannot tell are passed over: what they say is heard when it is made.
 * What does not answer is a refusal here, as nothing was touched and whoever waits had better know.
 */
export async function rehearse(cluster: string, doing: string, call: () => Promise<unknown>): Promise<void> {
  try {
    await asking(cluster, doing, call);
  } catch (error) {
    if (!(error instanceof CarryonError)) throw error;
    if (serverWords(error.cause).includes('does not support dry run')) return;
    if (error.code !== 'webhook-failed') throw error;
    throw new RefusedError(error.code, error.message, { cluster, next: error.next, cause: error.cause });
  }
}
