import { CarryonError, RefusedError, UnavailableError } from '../../../domain/errors';

interface DaemonAnswer {
  statusCode?: number;
  code?: string;
  message: string;
}

const answerOf = (error: unknown): DaemonAnswer => (error instanceof Error ? error : { message: String(error) });

export const isMissing = (error: unknown) => answerOf(error).statusCode === 404;
/** The daemon was already in the wanted state, or another caller is bringing it there. */
export const isUnchanged = (error: unknown) => answerOf(error).statusCode === 304;
export const isConflict = (error: unknown) => answerOf(error).statusCode === 409;

/** The daemon's words, without the client library's framing. */
export function daemonWords(error: unknown): string {
  return answerOf(error).message.replace(/^\(HTTP code \d+\) [^-]*- /, '').trim();
}

/** Makes our error of a daemon's: no answer can be tried again, a refusal cannot. */
export function dockerFailure(error: unknown, cluster: string, doing: string): CarryonError {
  if (error instanceof CarryonError) return error;
  const { statusCode, code } = answerOf(error);
  const words = daemonWords(error);
  if (code === 'EACCES') {
    return new UnavailableError('docker-forbidden', `You may not use the socket of cluster ${cluster}'s Docker (${doing}): ${words}`, {
      cluster,
      next: 'Run carryon as root, or as a member of the group that owns the socket.',
      cause: error,
    });
  }
  if (statusCode === undefined) {
    return new UnavailableError('docker-unreachable', `Docker of cluster ${cluster} does not answer (${doing}): ${code ?? ''} ${words}`.replace(/ {2,}/g, ' '), {
      cluster,
      next: 'Check that the daemon runs and that `docker.host` in carryon.yaml is right.',
      cause: error,
    });
  }
  const message = `Docker of cluster ${cluster} failed (${doing}): ${words}`;
  if (statusCode >= 500) return new UnavailableError('docker-failed', message, { cluster, next: 'See the log of the Docker daemon.', cause: error });
  return new RefusedError('docker-refused', message, { cluster, next: 'See the reason above; nothing else was changed.', cause: error });
}

/** Runs calls to the daemon under one description. */
export async function asking<T>(cluster: string, doing: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw dockerFailure(error, cluster, doing);
  }
}
