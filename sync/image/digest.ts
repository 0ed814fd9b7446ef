import { RefusedError } from '../../domain/errors';

const pattern = /^sha256:([0-9a-f]{64})$/;

/** Hexadecimal part: digests become file names, so nothing else may pass. */
export function hexOf(digest: string): string {
  const hex = pattern.exec(digest)?.[1];
  if (hex === undefined) throw new RefusedError('bad-image', `"${digest.slice(0, 80)}" is not a sha256 digest`, { next: 'Use the digest of the image\'s configuration, sha256:<64 hex digits>.' });
  return hex;
}
