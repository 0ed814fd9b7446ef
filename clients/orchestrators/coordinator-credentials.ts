import type { Authority } from '../authority';
import { keptUnlessFailed } from './kept-unless-failed';

/** PEM texts with which a coordinator shows itself to the engines of its cluster. */
export interface Credentials {
  key: string;
  cert: string;
  ca: string;
}

const reissueBeforeMs = 10 * 24 * 60 * 60 * 1000;

/** Issues the coordinator's certificate in memory, and anew well before it ends. */
export function coordinatorCredentials(authority: () => Promise<Authority>): () => Promise<Credentials> {
  const fresh = () =>
    keptUnlessFailed(async () => {
      const signer = await authority();
      return { ...(await signer.issueCoordinator()), ca: signer.certificate };
    });
  let issued = fresh();
  return async () => {
    const current = await issued();
    if (current.expires.getTime() - Date.now() > reissueBeforeMs) return current;
    issued = fresh();
    return issued();
  };
}
